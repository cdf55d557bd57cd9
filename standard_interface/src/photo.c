/* The photo: two bytes of length, big-endian, then a JPEG. spec: terminal_interface 5.1 */
#include "card.h"
#include "rhc_standard_interface.h"
#include "tables.h"

#define PREFIX 2
#define MOST_BYTES 3072 /* with the prefix; the file has two more, which the field never uses */

int RHC_CALL iR_DDF1EF07Info(RHC_HANDLE hDev, unsigned char *ZHAOPIAN)
{
    (void)hDev;
    if (ZHAOPIAN == NULL)
        return RHC_PARAMETER;
    int code = rhc_card_open_to_read(&rhc_files[RHC_DDF1_EF07]);
    if (code == RHC_OK)
        code = rhc_card_read_binary(0, ZHAOPIAN, PREFIX);
    if (code != RHC_OK)
        return code;
    size_t length = PREFIX + ((size_t)ZHAOPIAN[0] << 8 | ZHAOPIAN[1]);
    return length > MOST_BYTES ? RHC_PHOTO : rhc_card_read_binary(0, ZHAOPIAN, length);
}

int RHC_CALL iW_DDF1EF07Info(RHC_HANDLE hDev, unsigned char *ZHAOPIAN)
{
    const struct rhc_file *file = &rhc_files[RHC_DDF1_EF07];

    (void)hDev;
    if (ZHAOPIAN == NULL)
        return RHC_PARAMETER;
    size_t length = PREFIX + ((size_t)ZHAOPIAN[0] << 8 | ZHAOPIAN[1]);
    if (length > MOST_BYTES)
        return RHC_PHOTO;
    int code = rhc_card_open_to_write(file, file->update);
    return code == RHC_OK ? rhc_card_write_binary(0, ZHAOPIAN, length) : code;
}
