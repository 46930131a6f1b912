/* The box office: what a worker keeps over requests (stores, copies of shows, rendered maps), and the
 * operations on it. No HTTP here. Every operation has the same shape: request and arena in, result out; the
 * result's strings live in the arena, or, where said, in the office until its next operation. */
#ifndef BO_BOXOFFICE_OFFICE_H
#define BO_BOXOFFICE_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/bounds.h"
#include "util/clock.h"
#include "util/config.h"
#include "util/problem.h"

struct bo_office;

/* Connects to nothing yet. NULL: MISCONFIGURED or OUT_OF_MEMORY. `config` is borrowed for the office's life. */
struct bo_office *bo_office_new(const struct bo_config *config, struct bo_problem *problem) BO_MUST_CHECK;
void bo_office_free(struct bo_office *office);

/* Both stores, deployment included (-t and /health/ready). Each store gets its own verdict:
 * code NONE is a pass. */
void bo_office_check(struct bo_office *office, const struct bo_deadline *deadline, struct bo_problem *redis,
                     struct bo_problem *mongo);

/* What a request left to be done after its answer is out (a board's refresh). Bounded like a request. May be left
 * undone: a claim lapses, and another worker takes it. */
bool bo_office_has_more_to_do(const struct bo_office *office);
void bo_office_after_answer(struct bo_office *office, struct bo_arena *arena);

/* What was waited since the last call. What a board's load waits for a store counts for both. */
struct bo_office_waits {
  struct bo_waits redis, mongo, loads;
};
struct bo_office_waits bo_office_take_waits(struct bo_office *office);

/* Seats of a show, as a client names them. All checks but "unknown seat" need no store. */
struct bo_seats_request {
  char show_id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *user;                    /* checked by bo_user_check */
  const char *const *seats;
  size_t n_seats;
  const char *hold_token; /* checked by bo_hold_token_check; NULL: none was sent */
};

/* 22 to 128 of A-Z a-z 0-9 _ -; `length` bytes, which may hold NUL. INVALID_HOLD_TOKEN. */
bool bo_hold_token_check(const char *token, size_t length, struct bo_problem *problem) BO_MUST_CHECK;

/* 1 to 128 bytes of UTF-8 without control characters; `length` bytes, which may hold NUL. INVALID_USER. */
bool bo_user_check(const char *user, size_t length, struct bo_problem *problem) BO_MUST_CHECK;

struct bo_held_seat {
  const char *seat;
  const char *hold_id;
  int64_t expires_ms; /* wall clock: the hold's first end */
};

struct bo_hold_result {
  const char *hold_id;
  int64_t expires_ms;         /* the earliest of the seats' */
  int64_t now_ms;             /* Redis's clock when it answered */
  struct bo_held_seat *seats; /* one for each requested seat, in the order of the request */
  const char *hold_token;     /* made by us for the seats granted just now; NULL where there are none, or one was sent */
};

/* UNKNOWN_SEAT, NO_SEATS, TOO_MANY_SEATS, DUPLICATE_SEAT, SEATS_UNAVAILABLE, HOLD_LIMIT, SHOW_NOT_FOUND and the
 * stores' problems. All or none; a refusal changes nothing. */
bool bo_hold(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Lengthens the user's holds on the seats, all or none, as far as BOXOFFICE_HOLD_MAX_SECONDS lets it; never shortens one,
 * never revives one. The result is that of bo_hold. As bo_hold, and HELD_BY_ANOTHER, SEATS_SOLD, CONFIRMING, HOLD_EXPIRED. */
bool bo_extend(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* The best seats that are free, of a category where one is named, one of them accessible where that is asked for. */
struct bo_best_request {
  char show_id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *user;                    /* checked by bo_user_check */
  size_t quantity;                     /* 1 to BOXOFFICE_MAX_SEATS */
  const char *category;                /* NULL: any */
  bool accessible;
  const char *key; /* NULL: asked again it is another hold; else the same, while any of it is held */
  const char *hold_token; /* as that of bo_seats_request */
};

/* Holds them in one atomic step; `seats` tells which, in the order of the hall. NOT_ENOUGH_SEATS (only where so many are
 * not left), UNKNOWN_CATEGORY, HOLD_LIMIT, SHOW_NOT_FOUND and the stores' problems. */
bool bo_best_available(struct bo_office *office, const struct bo_best_request *request, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_seats_request *seats, struct bo_hold_result *hold,
                       struct bo_problem *problem) BO_MUST_CHECK;

struct bo_release_result {
  size_t released; /* how many of the seats were held until now */
};

/* Gives the user's holds on the seats back, all or none; seats that nobody holds count as given back. As bo_hold, and
 * HELD_BY_ANOTHER, SEATS_SOLD, CONFIRMING. */
bool bo_release(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_release_result *out, struct bo_problem *problem) BO_MUST_CHECK;

struct bo_confirm_booking {
  const char *seat;
  const char *booking_id; /* "" for a booking of the Node program */
};

struct bo_confirm_result {
  bool already_booked;    /* every seat was this user's before */
  const char *booking_id; /* the new one, or that of the first seat; "" where none was kept */
  struct bo_confirm_booking *bookings; /* one for each requested seat, in the order of the request */
};

/* As bo_hold, and HELD_BY_ANOTHER, SEATS_SOLD, HOLD_EXPIRED, OUTCOME_UNKNOWN. */
bool bo_confirm(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_confirm_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* A booking's seats, or some of them. */
struct bo_cancel_request {
  char booking_id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *user;                       /* checked by bo_user_check; NULL: whoever's it is (for staff) */
  const char *const *seats;               /* checked by bo_seats_check */
  size_t n_seats;                         /* 0: all */
};

struct bo_booked_seat {
  const char *seat;
  int64_t cancelled_ms;        /* wall clock; 0: still booked */
  const char *cancellation_id; /* "" while it is booked */
};

/* What MongoDB has of a booking. */
struct bo_booking_result {
  const char *show_id, *user;
  int64_t created_ms;           /* wall clock; 0: unknown */
  struct bo_booked_seat *seats; /* of bo_cancel: those asked for, in that order; else all */
  size_t n_seats;
};

/* BOOKING_NOT_FOUND where there is none of this user's under that id, whether it is another's or nobody's. */
bool bo_booking(struct bo_office *office, const char *booking_id, const char *user, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_booking_result *out, struct bo_problem *problem) BO_MUST_CHECK;

struct bo_cancel_result {
  struct bo_booking_result booking;
  bool already_cancelled; /* every seat was, before this request */
};

/* Gives seats of a booking back, all or none. BOOKING_NOT_FOUND, UNKNOWN_SEAT (not of this booking), CONFIRMING,
 * OUTCOME_UNKNOWN and the stores' problems. */
bool bo_cancel(struct bo_office *office, const struct bo_cancel_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_cancel_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* For staff: the same of whatever is booked of these seats (`request->user` does not matter), bookings of the Node
 * program too. One booking after the other, each as a whole: where one fails, those before it are cancelled, and a
 * repeat goes on. `*n_cancelled`: seats given back by this call. */
bool bo_cancel_seats(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                     struct bo_arena *arena, size_t *n_cancelled, struct bo_problem *problem) BO_MUST_CHECK;

enum bo_block_state { BO_BLOCK_FREE, BO_BLOCK_HELD, BO_BLOCK_BOOKED };

struct bo_block_result {
  bool stored;                 /* the show's document has it, even where the rest failed */
  size_t n_changed;            /* seats that were not so before */
  enum bo_block_state *states; /* one for each requested seat, as the board has it after the change */
};

/* For staff: takes seats off sale, or puts them on sale again (`request->user` does not matter; any number of seats,
 * checked by the caller but for "unknown seat"). No worker holds a blocked seat once this is over. What is held stays held
 * until it lapses, and can be confirmed. All or none: SEATS_SOLD, which names the seats, changes nothing. UNKNOWN_SEAT,
 * SHOW_NOT_FOUND, OUTCOME_UNKNOWN and the stores' problems; to repeat it is safe. */
bool bo_block(struct bo_office *office, const struct bo_seats_request *request, bool blocked,
              const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_block_result *out,
              struct bo_problem *problem) BO_MUST_CHECK;

/* The seat map, rendered: JSON bytes that live in the office until its next operation. `etag` names the state
 * exactly and is quoted already. Where `known_etag(context, etag)` says that the client has this very state,
 * body is NULL. */
struct bo_seatmap_result {
  const char *body;
  size_t length;
  char etag[96];
};
typedef bool bo_etag_known(void *context, const char *etag);
bool bo_seatmap(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_seatmap_result *out,
                struct bo_problem *problem) BO_MUST_CHECK;

/* A show as it is described: its document, understood. `etag` names it exactly and is quoted already; where
 * `known_etag(context, etag)` says that the client has it, `show` is NULL. */
struct bo_show_record;
struct bo_describe_result {
  const struct bo_show_record *show; /* lives in the office until its next operation */
  char etag[40];
};
bool bo_describe(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                 const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_describe_result *out,
                 struct bo_problem *problem) BO_MUST_CHECK;

/* Seats. The last four add up to the total. */
struct bo_counts {
  size_t total, booked, held, blocked, available;
};

/* Where a list of shows goes on: behind this one, by start and then by id. */
struct bo_list_mark {
  int64_t start_ms;
  char id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
};

struct bo_listed_show {
  struct bo_list_mark mark;
  const char *title;
  int64_t sale_opens_ms, sale_closes_ms; /* 0: at once */
  bool counted;            /* else only the total is known, or not even that: 0 */
  struct bo_counts counts;
};

struct bo_list_result {
  struct bo_listed_show *shows;
  size_t n;
  bool more; /* behind the last of these */
};

/* The shows that have not begun, by start: at most `limit` behind `after` (NULL: from the first). Which shows there are
 * MongoDB says; the counts are the boards', and may miss what another program sold of late. A board that is not loaded is,
 * for as long as BO_LIST_COUNTS_MS last; then its show is not counted. MONGO_UNAVAILABLE, MISCONFIGURED, DEADLINE. */
bool bo_list(struct bo_office *office, const struct bo_list_mark *after, size_t limit, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_list_result *out, struct bo_problem *problem) BO_MUST_CHECK;

struct bo_summary_result {
  const char *title;
  struct bo_counts counts;
};
bool bo_summary(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_summary_result *out, struct bo_problem *problem) BO_MUST_CHECK;

#endif
