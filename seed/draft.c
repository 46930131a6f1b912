#include "draft.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "layout_fields.h"
#include "time_text.h"
#include "util/buf.h"
#include "util/clock.h"

enum { PATH_SIZE = 256 };

/* Complains of a field of element `index`; where it is missing, of the element. */
static bool bad_field(const struct seed_json *file, size_t index, const char *field, const char *what) {
  char where[PATH_SIZE], text[PATH_SIZE];
  (void)snprintf(where, sizeof where, "[%zu]%s%.100s", index, field[0] != '\0' ? "." : "", field);
  (void)snprintf(text, sizeof text, "%.100s%s%s", field, field[0] != '\0' ? ": " : "", what);
  seed_json_complain(file, where, text);
  return false;
}

/* A misspelt field must not be lost in silence. */
static bool only_known_fields(const struct seed_json *file, size_t index, const struct json_object *show) {
  static const char *const known[] = {"movieTitle", "title", "startTime", "totalSeats", "layout",    "blocked",
                                      "saleStart",  "saleEnd", "maxHeldPerUser", "maxOwnedPerUser"};
  json_object_object_foreach(show, name, value) {
    bool found = false;
    (void)value;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
      found = found || strcmp(name, known[i]) == 0;
    }
    if (!found) {
      return bad_field(file, index, name, "no such field (movieTitle, startTime, totalSeats, layout, blocked, saleStart, saleEnd, "
                       "maxHeldPerUser, maxOwnedPerUser are known)");
    }
  }
  return true;
}

static bool read_title(const struct seed_json *file, size_t index, const struct json_object *show,
                       struct bo_show_draft *out) {
  struct json_object *title = NULL;
  const char *field = json_object_object_get_ex(show, "title", NULL) ? "title" : "movieTitle";
  if (strcmp(field, "title") == 0 && json_object_object_get_ex(show, "movieTitle", NULL)) {
    return bad_field(file, index, "title", "is given together with movieTitle");
  }
  if (!json_object_object_get_ex(show, field, &title)) {
    return bad_field(file, index, "", "this show lacks a movieTitle");
  }
  if (!json_object_is_type(title, json_type_string) || json_object_get_string_len(title) == 0) {
    return bad_field(file, index, field, "must be text, and not empty");
  }
  out->title = json_object_get_string(title);
  return true;
}

/* A time; `out` is left as it is where the field is not there. */
static bool read_time(const struct seed_json *file, size_t index, const struct json_object *show, const char *field,
                      int64_t *out) {
  struct json_object *time = NULL;
  if (!json_object_object_get_ex(show, field, &time)) {
    return true;
  }
  if (!json_object_is_type(time, json_type_string) || !seed_time_parse(json_object_get_string(time), out)) {
    return bad_field(file, index, field, "must be a time as \"2026-12-01T20:00:00Z\"");
  }
  return true;
}

static bool read_times(const struct seed_json *file, size_t index, const struct json_object *show,
                       struct bo_show_draft *out) {
  if (!json_object_object_get_ex(show, "startTime", NULL)) {
    return bad_field(file, index, "", "this show lacks a startTime");
  }
  return read_time(file, index, show, "startTime", &out->start_ms) &&
         read_time(file, index, show, "saleStart", &out->sale_opens_ms) &&
         read_time(file, index, show, "saleEnd", &out->sale_closes_ms);
}

/* Its range is the show's to check. */
static bool read_limit(const struct seed_json *file, size_t index, const struct json_object *show, const char *field,
                       int64_t *out) {
  struct json_object *limit = NULL;
  if (!json_object_object_get_ex(show, field, &limit)) {
    return true;
  }
  if (!json_object_is_type(limit, json_type_int) || json_object_get_int64(limit) < 0) {
    return bad_field(file, index, field, "must be a whole number");
  }
  *out = json_object_get_int64(limit);
  return true;
}

static bool read_seats(const struct seed_json *file, size_t index, const struct json_object *show,
                       struct bo_show_draft *out) {
  struct json_object *total = NULL, *layout = NULL, *blocked = NULL;
  bool has_total = json_object_object_get_ex(show, "totalSeats", &total);
  if (json_object_object_get_ex(show, "layout", &layout)) {
    char where[32];
    (void)snprintf(where, sizeof where, "[%zu].layout", index);
    if (!seed_layout_fields_known(file, where, layout)) {
      return false;
    }
    out->layout = layout;
  }
  if (json_object_object_get_ex(show, "blocked", &blocked)) {
    out->blocked = blocked;
  }
  if (!has_total && out->layout == NULL) {
    return bad_field(file, index, "", "this show lacks totalSeats or a layout");
  }
  if (has_total && !json_object_is_type(total, json_type_int)) {
    return bad_field(file, index, "totalSeats", "must be a whole number");
  }
  out->total_seats = has_total ? json_object_get_int64(total) : 0;
  return true;
}

bool seed_draft_check(const struct seed_json *file, const char *where, struct bo_arena *arena,
                      struct bo_show_draft *draft) {
  struct bo_problem problem = {0};
  size_t n_seats;
  char path[PATH_SIZE];
  if (bo_catalogue_check(draft, arena, &n_seats, &problem)) {
    if (draft->layout == NULL || draft->total_seats == 0 || draft->total_seats == (int64_t)n_seats) {
      draft->total_seats = (int64_t)n_seats;
      return true;
    }
    (void)bo_problem_set(&problem, BO_PROBLEM_INTERNAL, "totalSeats: the layout has %zu seats", n_seats);
  }
  /* The detail begins with the path of the field. */
  (void)snprintf(path, sizeof path, "%s%.*s", where, (int)strcspn(problem.detail, ":"), problem.detail);
  if (file == NULL) {
    (void)fprintf(stderr, "boxoffice-seed: %s\n", problem.detail);
  } else {
    seed_json_complain(file, path, problem.detail);
  }
  return false;
}

bool seed_draft_read(const struct seed_json *file, size_t index, struct bo_arena *arena, struct bo_show_draft *out) {
  const struct json_object *show = json_object_array_get_idx(file->root, index);
  char where[32];
  *out = (struct bo_show_draft){.max_held = BO_UNSET, .max_owned = BO_UNSET};
  if (!json_object_is_type(show, json_type_object)) {
    return bad_field(file, index, "", "must be an object: a show");
  }
  (void)snprintf(where, sizeof where, "[%zu].", index);
  return only_known_fields(file, index, show) && read_title(file, index, show, out) &&
         read_times(file, index, show, out) && read_limit(file, index, show, "maxHeldPerUser", &out->max_held) &&
         read_limit(file, index, show, "maxOwnedPerUser", &out->max_owned) && read_seats(file, index, show, out) &&
         seed_draft_check(file, where, arena, out);
}

void seed_draft_print(const struct bo_show_draft *draft, const char *id, bool json) {
  char start[BO_CLOCK_ISO8601_SIZE];
  struct bo_buf title;
  bo_clock_iso8601(draft->start_ms, start);
  bo_buf_init(&title, 0);
  bo_buf_append_json(&title, draft->title, strlen(draft->title));
  const char *escaped = title.failed || title.data == NULL ? "" : title.data;
  if (json) {
    (void)printf("{\"showId\":\"%s\",\"movieTitle\":\"%s\",\"startTime\":\"%s\",\"totalSeats\":%lld}", id, escaped, start,
                 (long long)draft->total_seats);
  } else if (isatty(STDOUT_FILENO)) {
    (void)printf("%s  %s  %lld seats  %s\n", id, start, (long long)draft->total_seats, escaped);
  } else {
    (void)printf("%s\n", id);
  }
  bo_buf_free(&title);
}
