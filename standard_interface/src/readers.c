#include "readers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rhc_standard_interface.h"

/* PC/SC lite knows 16 readers; a service with more is cut to the first ones. */
#define MOST_READERS 32
#define LIST_BYTES 8192

struct list {
    char names[LIST_BYTES];
    SCARD_READERSTATE states[MOST_READERS];
    int count;
};

static int contains(const char *text, const char *part)
{
    for (size_t length = strlen(part); *text; text++) {
        size_t i = 0;
        while (i < length && text[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == length)
            return 1;
    }
    return 0;
}

static int holds_card(const SCARD_READERSTATE *state)
{
    return (state->dwEventState & SCARD_STATE_PRESENT) != 0;
}

static int fill(SCARDCONTEXT context, struct list *list)
{
    DWORD size = sizeof list->names;

    list->count = 0;
    memset(list->states, 0, sizeof list->states);
    if (SCardListReaders(context, NULL, list->names, &size) != SCARD_S_SUCCESS)
        return RHC_NO_READER;
    for (const char *name = list->names; *name && list->count < MOST_READERS; name += strlen(name) + 1) {
        list->states[list->count].szReader = name;
        list->states[list->count++].dwCurrentState = SCARD_STATE_UNAWARE;
    }
    if (list->count == 0)
        return RHC_NO_READER;
    LONG code = SCardGetStatusChange(context, 0, list->states, (DWORD)list->count);
    return code == SCARD_S_SUCCESS ? RHC_OK : RHC_DEVICE;
}

/* The reader of that name, or the first whose name contains it; -1 without one. */
static int named(const struct list *list, const char *wanted)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->states[i].szReader, wanted) == 0)
            return i;
    for (int i = 0; i < list->count; i++)
        if (contains(list->states[i].szReader, wanted))
            return i;
    return -1;
}

/* The first contactless reader, one with a card if there is a choice. spec: pcsc.md */
static int contactless(const struct list *list, int without)
{
    int first = -1;

    for (int i = 0; i < list->count; i++) {
        if (i == without || !contains(list->states[i].szReader, "contactless"))
            continue;
        if (holds_card(&list->states[i]))
            return i;
        if (first < 0)
            first = i;
    }
    return first;
}

/* Another reader with a card: best one with "SAM" in its name, then one that is not contactless, then any. */
static int sam_like(const struct list *list, int user)
{
    int best = -1, best_rank = 3;

    for (int i = 0; i < list->count; i++) {
        const char *name = list->states[i].szReader;
        int rank = contains(name, "SAM") ? 0 : !contains(name, "contactless") ? 1 : 2;
        if (i != user && holds_card(&list->states[i]) && rank < best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

static int user_reader(const struct list *list)
{
    const char *wanted = setting("RHC_READER"), *sam = setting("RHC_SAM_READER");
    return wanted ? named(list, wanted) : contactless(list, sam ? named(list, sam) : -1);
}

int rhc_reader_of(SCARDCONTEXT context, enum rhc_slot slot, char name[RHC_MAX_READER])
{
    struct list list;
    int code = fill(context, &list), found;

    if (code != RHC_OK)
        return code;
    const char *sam = setting("RHC_SAM_READER");
    if (slot == RHC_USER)
        found = user_reader(&list);
    else
        found = sam ? named(&list, sam) : sam_like(&list, user_reader(&list));
    if (found < 0 || strlen(list.states[found].szReader) >= RHC_MAX_READER)
        return RHC_NO_READER;
    if (!holds_card(&list.states[found]))
        return RHC_NO_CARD;
    strcpy(name, list.states[found].szReader);
    return RHC_OK;
}
