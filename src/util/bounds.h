/* Every wait has a bound, and each bound leaves room for those inside it: the ladder of doc/design.md.
 * nginx/ and systemd/ hold the outer rungs; tests/lint asserts the whole ladder. Milliseconds, unless named
 * otherwise. */
#ifndef BO_UTIL_BOUNDS_H
#define BO_UTIL_BOUNDS_H

#define BO_REDIS_CONNECT_MS 200
#define BO_REDIS_COMMAND_MS 500
#define BO_MONGO_CONNECT_MS 1000 /* server selection too */
#define BO_MONGO_MAX_TIME_MS 1500
#define BO_MONGO_SOCKET_MS 2000
#define BO_MONGO_SLOW_MS 500 /* waited so long, a worker counts against the bulkhead (util/bulkhead.h) */
#define BO_REQUEST_STEPS_MS 6000 /* no step of a request begins later */
#define BO_REQUEST_TOTAL_MS 8000 /* so every answer is out by then */
/* nginx: fastcgi_read_timeout 10 s */
#define BO_WORKER_ALARM_S 12
/* systemd: TimeoutStopSec 15 s */

#define BO_CONFIRM_DEADLINE_MS 15000         /* life of an entry of `confirming` */
#define BO_CONFIRM_NEED_MS BO_REQUEST_TOTAL_MS /* a confirm takes at most this long */
#define BO_HOLD_GRACE_MS BO_CONFIRM_DEADLINE_MS /* a hold is lengthened at most this far past its first end */

#define BO_WATCH_SILENT_MS 5000 /* a subscription that was silent so long is asked */

#define BO_STORE_COOLDOWN_MS 1000 /* after a failure a worker answers 503 at once for this long */
#define BO_BOARD_TRIES 3          /* loads of a board within one request */
#define BO_CHOICE_TRIES 4         /* of the best seats, others having been faster, before any seats will do */

#define BO_LIST_COUNTS_MS 500     /* a list of shows asks no further board for its counts after that */
#define BO_LIST_MAX 100           /* shows in one list */

#define BO_BODY_MAX 65536   /* bytes; nginx: client_max_body_size 64k */
#define BO_USER_ID_MAX 128  /* bytes */
#define BO_SEAT_LABEL_MAX 32
#define BO_HOLD_TOKEN_MIN 22 /* characters: 128 bits in base64url */
#define BO_HOLD_TOKEN_MAX 128
#define BO_SHOW_ID_LENGTH 24 /* hex digits */
#define BO_SHOW_SEATS_MAX 100000
#define BO_LAYOUT_NAME_MAX 64 /* bytes; of a section, row, category */
#define BO_LAYOUT_CATEGORIES_MAX 100

#endif
