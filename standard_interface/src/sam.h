/* The SAM: it derives the keys of one card and computes with them. No key ever leaves it. */
#ifndef RHC_SAM_H
#define RHC_SAM_H

#include "model.h"
#include "port.h"

#define RHC_FACTOR 8
#define RHC_BLOCK 16
#define RHC_MAC 4
#define RHC_DIGEST 32
#define RHC_SIGNATURE 64

/* What makes the keys of one card: its historical bytes, and the city code as text.
 * spec: terminal_interface 2.1, 2.2 */
struct rhc_factors {
    uint8_t card[RHC_FACTOR], city[RHC_FACTOR];
};

/* Every function returns RHC_OK or RHC_SAM_ANSWER, or RHC_PARAMETER for a text that is no PIN. */

/* Reset, select DF01. */
int rhc_sam_power_on(uint8_t atr[RHC_MAX_ATR], size_t *atr_length);

/* VERIFY. `tries` receives the tries left after a wrong PIN. spec: terminal_interface 8.1, 8.3 */
int rhc_sam_verify(const char *pin, uint8_t *tries);

/* Reset, DF01, 805E. */
int rhc_sam_change_pin(const char *old_pin, const char *new_pin);

/* Reset, directory, file, READ BINARY of `length` bytes. spec: terminal_interface 8.5 */
int rhc_sam_read(uint16_t directory, uint16_t file, uint8_t *data, size_t length);

/* A key of this card, mixed with the card's challenge, computes one time. spec: terminal_interface 8.4 */
int rhc_sam_encipher(const struct rhc_key *key, const struct rhc_factors *factors, const uint8_t challenge[8],
                     const uint8_t *blocks, size_t length, uint8_t *out);

/* MAC over `length` bytes, padded here; at most 207. */
int rhc_sam_mac(const struct rhc_key *key, const struct rhc_factors *factors, const uint8_t challenge[8],
                const uint8_t *message, size_t length, uint8_t mac[RHC_MAC]);

/* PSO HASH and COMPUTE DIGITAL SIGNATURE. spec: commands_and_crypto 2.6 */
int rhc_sam_hash(const uint8_t *message, size_t length, uint8_t digest[RHC_DIGEST]);
int rhc_sam_sign(const uint8_t digest[RHC_DIGEST], uint8_t signature[RHC_SIGNATURE]);

/* 80 00.. behind `length` bytes up to the next whole block, always at least one byte; returns the new length.
 * spec: terminal_interface 7.1 */
size_t rhc_pad(uint8_t *data, size_t length);

#endif
