#include "layout_fields.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 256, FIELDS_MAX = 8 };

/* One kind of object, and the lists in it whose elements are objects too. */
struct kind {
  const char *what;
  const char *fields[FIELDS_MAX];
  struct {
    const char *field;
    const struct kind *of;
  } lists[2];
};

static const struct kind category = {.what = "a category", .fields = {"name", "price", "currency"}};
static const struct kind seat = {
    .what = "a seat", .fields = {"label", "x", "y", "accessible", "companionOf", "blocked", "category"}};
static const struct kind row = {
    .what = "a row", .fields = {"name", "category", "x", "y", "seats"}, .lists = {{"seats", &seat}}};
static const struct kind section = {
    .what = "a section", .fields = {"name", "category", "x", "y", "rows"}, .lists = {{"rows", &row}}};
static const struct kind hall = {.what = "a layout",
                                 .fields = {"sections", "categories", "focus", "front"},
                                 .lists = {{"sections", &section}, {"categories", &category}}};

static bool is_known(const struct kind *kind, const char *name) {
  for (size_t i = 0; i < FIELDS_MAX && kind->fields[i] != NULL; i++) {
    if (strcmp(kind->fields[i], name) == 0) {
      return true;
    }
  }
  return false;
}

static bool complain(const struct seed_json *file, const char *where, const char *name, const struct kind *kind) {
  char path[2 * PATH_SIZE], text[2 * PATH_SIZE];
  (void)snprintf(path, sizeof path, "%s%s%.100s", where, where[0] != '\0' ? "." : "", name);
  (void)snprintf(text, sizeof text, "%.100s: no such field of %s", name, kind->what);
  seed_json_complain(file, path, text);
  return false;
}

static bool object_known(const struct seed_json *file, const char *where, struct json_object *object,
                         const struct kind *kind);

static bool list_known(const struct seed_json *file, const char *where, struct json_object *object, const char *field,
                       const struct kind *kind) {
  struct json_object *list = NULL;
  bool known = true;
  if (!json_object_object_get_ex(object, field, &list) || !json_object_is_type(list, json_type_array)) {
    return true; /* for the parser to say */
  }
  for (size_t i = 0; known && i < json_object_array_length(list); i++) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%.200s%s%s[%zu]", where, where[0] != '\0' ? "." : "", field, i);
    known = object_known(file, path, json_object_array_get_idx(list, i), kind);
  }
  return known;
}

/* As deep as the table. */
static bool object_known(const struct seed_json *file, const char *where, struct json_object *object,
                         const struct kind *kind) {
  if (!json_object_is_type(object, json_type_object)) {
    return true;
  }
  json_object_object_foreach(object, name, value) {
    (void)value;
    if (!is_known(kind, name)) {
      return complain(file, where, name, kind);
    }
  }
  bool known = true;
  for (size_t i = 0; known && i < 2 && kind->lists[i].field != NULL; i++) {
    known = list_known(file, where, object, kind->lists[i].field, kind->lists[i].of);
  }
  return known;
}

bool seed_layout_fields_known(const struct seed_json *file, const char *where, struct json_object *layout) {
  return object_known(file, where, layout, &hall);
}
