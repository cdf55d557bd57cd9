/* Cards in PC/SC readers: connecting, resetting, one exchange. */
#ifndef RHC_PORT_H
#define RHC_PORT_H

#include <stddef.h>
#include <stdint.h>

#define RHC_MAX_ATR 33
#define RHC_MAX_COMMAND 261 /* header, Lc, 255 bytes, Le */
#define RHC_MAX_DATA 256
#define RHC_MAX_RESPONSE (RHC_MAX_DATA + 2)

enum rhc_slot { RHC_USER, RHC_SAM, RHC_SLOTS };

/* The answer to one command. */
struct rhc_answer {
    uint8_t data[RHC_MAX_DATA];
    size_t length; /* of the data */
    uint16_t sw;
};

/* Connect to the service: RHC_OK or RHC_NO_READER. */
int rhc_port_open(void);
void rhc_port_close(void);
int rhc_port_is_open(void);

/* Reset the card of a slot, connecting it first where needed. Codes 1, 2, 4, 5. */
int rhc_port_reset(enum rhc_slot slot, uint8_t atr[RHC_MAX_ATR], size_t *atr_length);

/* Power a card down; without a card nothing happens. */
int rhc_port_power_off(enum rhc_slot slot);

/* One exchange as it is; 61xx and 6Cxx are passed on. Codes 1, 2, 4, 5. */
int rhc_port_transmit(enum rhc_slot slot, const uint8_t *command, size_t length, struct rhc_answer *answer);

/* One exchange with everything that belongs to it: GET RESPONSE after 61xx, the right Le after 6Cxx.
 * spec: terminal_interface 11 */
int rhc_port_exchange(enum rhc_slot slot, const uint8_t *command, size_t length, struct rhc_answer *answer);

#endif
