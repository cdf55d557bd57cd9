/* Which reader holds the user card and which the SAM. */
#ifndef RHC_READERS_H
#define RHC_READERS_H

#include <winscard.h>

#include "port.h"

#define RHC_MAX_READER 256

/* The reader of a slot. RHC_NO_READER where none fits, RHC_NO_CARD where only the card is missing. */
int rhc_reader_of(SCARDCONTEXT context, enum rhc_slot slot, char name[RHC_MAX_READER]);

#endif
