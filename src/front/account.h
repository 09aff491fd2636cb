/* Becoming known: pairing a device, nonces, login; and who one is. */
#ifndef FRONT_ACCOUNT_H
#define FRONT_ACCOUNT_H

struct exchange;

void account_pair(struct exchange *exchange);
void account_issue_nonce(struct exchange *exchange);
void account_log_in(struct exchange *exchange);
void account_show(struct exchange *exchange);

#endif
