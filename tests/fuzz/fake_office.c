/* A box office without stores, for the targets that are about HTTP. What it answers depends on the show's id alone:
 * ids that begin with 0 to 7 are shows, the others the problems that an office has. */
#include "boxoffice/office.h"
#include "store/shows.h"
#include "tests/fuzz/fuzz.h"

static bool is_well(const char *show_id, struct bo_problem *problem) {
  static const enum bo_problem_code codes[] = {BO_PROBLEM_SHOW_NOT_FOUND,    BO_PROBLEM_SEATS_UNAVAILABLE,
                                               BO_PROBLEM_HELD_BY_ANOTHER,   BO_PROBLEM_CONFIRMING,
                                               BO_PROBLEM_REDIS_UNAVAILABLE, BO_PROBLEM_MONGO_UNAVAILABLE,
                                               BO_PROBLEM_OUTCOME_UNKNOWN,   BO_PROBLEM_DEADLINE};

  static const char digits[] = "89abcdef";
  const char *digit = strchr(digits, show_id[0]);

  if (digit == NULL)
    return true;
  return bo_problem_set(problem, codes[digit - digits], "the office of the fuzz targets says no");
}

static void *must(void *memory) {
  FUZZ_REQUIRE(memory != NULL);
  return memory;
}

void bo_office_check(struct bo_office *office, const struct bo_deadline *deadline, struct bo_problem *redis,
                     struct bo_problem *mongo) {
  (void)office, (void)deadline;
  redis->code = mongo->code = BO_PROBLEM_NONE;
}

bool bo_hold(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline;
  if (!is_well(request->show_id, problem)) {
    bo_problem_add(problem, request->seats[0], "held");
    return false;
  }
  *out = (struct bo_hold_result){.hold_id = "0123456789abcdef", .now_ms = 1, .expires_ms = 600001};
  out->seats = must(bo_arena_array(arena, request->n_seats, sizeof(*out->seats)));
  for (size_t i = 0; i < request->n_seats; i++)
    out->seats[i] = (struct bo_held_seat){request->seats[i], out->hold_id, out->expires_ms};
  return true;
}

bool bo_extend(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) {
  return bo_hold(office, request, deadline, arena, out, problem);
}

bool bo_best_available(struct bo_office *office, const struct bo_best_request *request, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_seats_request *seats, struct bo_hold_result *hold,
                       struct bo_problem *problem) {
  const char **labels = must(bo_arena_array(arena, request->quantity, sizeof(*labels)));

  for (size_t i = 0; i < request->quantity; i++)
    labels[i] = must(bo_arena_printf(arena, "S%zu", i + 1));
  *seats = (struct bo_seats_request){.user = request->user, .seats = labels, .n_seats = request->quantity};
  memcpy(seats->show_id, request->show_id, sizeof(seats->show_id));
  return bo_hold(office, seats, deadline, arena, hold, problem);
}

bool bo_release(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_release_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline, (void)arena;
  *out = (struct bo_release_result){.released = request->n_seats};
  return is_well(request->show_id, problem);
}

bool bo_confirm(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_confirm_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline;
  if (!is_well(request->show_id, problem))
    return false;
  *out = (struct bo_confirm_result){.booking_id = request->show_id[1] == '0' ? "" : "6b05e53511f16e1056071112"};
  out->already_booked = out->booking_id[0] == '\0';
  out->bookings = must(bo_arena_array(arena, request->n_seats, sizeof(*out->bookings)));
  for (size_t i = 0; i < request->n_seats; i++)
    out->bookings[i] = (struct bo_confirm_booking){request->seats[i], out->booking_id};
  return true;
}

/* One seat of what was asked for, or S1. */
static struct bo_booking_result booking_of(struct bo_arena *arena, const char *user, const char *const *seats, size_t n) {
  struct bo_booked_seat *seat = must(bo_arena_array(arena, 1, sizeof(*seat)));

  *seat = (struct bo_booked_seat){n > 0 ? seats[0] : "S1", 1, "6b05e53511f16e1056071113"};
  return (struct bo_booking_result){.show_id = "65f0a1b2c3d4e5f601234567", .user = user, .seats = seat, .n_seats = 1};
}

bool bo_cancel(struct bo_office *office, const struct bo_cancel_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_cancel_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline;
  *out = (struct bo_cancel_result){.booking = booking_of(arena, request->user, request->seats, request->n_seats)};
  return is_well(request->booking_id, problem);
}

bool bo_booking(struct bo_office *office, const char *booking_id, const char *user, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_booking_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline;
  *out = booking_of(arena, user, NULL, 0);
  return is_well(booking_id, problem);
}

bool bo_seatmap(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_seatmap_result *out,
                struct bo_problem *problem) {
  static const char body[] = "{\"showTitle\":\"M\",\"totalSeats\":1,\"seats\":[{\"seatNumber\":\"S1\",\"status\":\"held\"}]}";

  (void)office, (void)deadline, (void)arena;
  if (!is_well(show_id, problem))
    return false;
  *out = (struct bo_seatmap_result){.etag = "\"1-2-3\""};
  if (!known_etag(context, out->etag)) {
    out->body = body;
    out->length = sizeof(body) - 1;
  }
  return true;
}

bool bo_summary(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline, struct bo_arena *arena,
                struct bo_summary_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline, (void)arena;
  *out = (struct bo_summary_result){.title = "M", .counts = {.total = 3, .booked = 1, .held = 1, .available = 1}};
  return is_well(show_id, problem);
}

bool bo_describe(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                 const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_describe_result *out,
                 struct bo_problem *problem) {
  static struct bo_seat_record seats[] = {
      {.label = "A1", .category = 0, .companion = 1, .x = -1.5}, {.label = "A2", .category = BO_NONE, .companion = BO_NONE,
                                                                  .accessible = true, .blocked = true, .y = 2.125}};
  static const struct bo_section_record section = {.name = "S", .n_rows = 1};
  static const struct bo_row_record row = {.name = "A", .n_seats = 2};
  static const struct bo_category_record category = {.name = "C", .price = 12.5, .currency = "EUR"};
  static const char *const labels[] = {"A1", "A2"};
  static struct bo_show_record show = {.title = "M", .start_ms = 1, .n_seats = 2, .n_sections = 1, .n_rows = 1,
                                       .n_categories = 1, .labels = labels, .seats = seats, .sections = &section,
                                       .rows = &row, .categories = &category, .has_layout = true};

  (void)office, (void)deadline, (void)arena;
  if (!is_well(show_id, problem))
    return false;
  *out = (struct bo_describe_result){.etag = "\"1-2\""};
  memcpy(show.id, show_id, sizeof(show.id));
  if (!known_etag(context, out->etag))
    out->show = &show;
  return true;
}

bool bo_list(struct bo_office *office, const struct bo_list_mark *after, size_t limit, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_list_result *out, struct bo_problem *problem) {
  (void)office, (void)deadline;
  FUZZ_REQUIRE(limit >= 1 && limit <= BO_LIST_MAX);
  if (after != NULL && !is_well(after->id, problem))
    return false;
  *out = (struct bo_list_result){.n = 2, .more = limit == 2};
  out->shows = must(bo_arena_array(arena, 2, sizeof(*out->shows)));
  for (size_t i = 0; i < 2; i++)
    out->shows[i] = (struct bo_listed_show){.mark = {.start_ms = after != NULL ? after->start_ms : 1, .id = "65f0a1b2c3d4e5f601234567"},
                                            .title = "M", .counted = i == 0, .counts = {.total = i == 0, .available = i == 0}};
  return true;
}
