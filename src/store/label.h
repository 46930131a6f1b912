/* Labels of seats. */
#ifndef BO_STORE_LABEL_H
#define BO_STORE_LABEL_H

#include <stdbool.h>
#include <stddef.h>

/* [A-Za-z0-9 ._-]{1,32}: what may be a label at all. The bytes behind it are looked at up to the first other one. */
bool bo_seat_is_label(const char *text, size_t length);

#endif
