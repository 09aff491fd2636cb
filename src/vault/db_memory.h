/* SQLite's memory, overwritten when it is given back: what an erased row held is in no freed chunk
 * of this process. */
#ifndef VAULT_DB_MEMORY_H
#define VAULT_DB_MEMORY_H

/* Before the process opens its first database; later calls change nothing. */
void db_memory_use(void);

#endif
