/* Times as people write them. */
#ifndef BO_SEED_TIME_TEXT_H
#define BO_SEED_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* ISO 8601 with its zone: 2026-12-01T20:00[:00[.000]](Z|+01:00). Milliseconds since 1970. */
bool seed_time_parse(const char *text, int64_t *out_ms);

#endif
