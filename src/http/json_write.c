#include "http/json_write.h"

#include "util/clock.h"

/* Each key is put once, and is a literal: json-c need neither look for it nor copy it. */
static bool add(json_object *object, const char *key, json_object *value) {
  return object != NULL && json_object_object_add_ex(object, key, value,
                                                     JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT) == 0;
}

bool bo_json_put(json_object *object, const char *key, json_object *value) {
  if (value == NULL)
    return false;
  if (!add(object, key, value)) {
    (void)json_object_put(value);
    return false;
  }
  return true;
}

bool bo_json_append(json_object *array, json_object *value) {
  if (value == NULL)
    return false;
  if (array == NULL || json_object_array_add(array, value) != 0) {
    (void)json_object_put(value);
    return false;
  }
  return true;
}

bool bo_json_put_text(json_object *object, const char *key, const char *value) {
  return bo_json_put(object, key, json_object_new_string(value));
}

bool bo_json_put_text_or_null(json_object *object, const char *key, const char *value) {
  if (value[0] != '\0')
    return bo_json_put_text(object, key, value);
  return add(object, key, NULL); /* json-c's null is NULL */
}

bool bo_json_put_int(json_object *object, const char *key, int64_t value) {
  return bo_json_put(object, key, json_object_new_int64(value));
}

bool bo_json_put_bool(json_object *object, const char *key, bool value) {
  return bo_json_put(object, key, json_object_new_boolean(value));
}

bool bo_json_put_time(json_object *object, const char *key, int64_t wall_ms) {
  char text[BO_CLOCK_ISO8601_SIZE];

  bo_clock_iso8601(wall_ms, text);
  return bo_json_put_text(object, key, text);
}

json_object *bo_json_complete(json_object *object, bool complete) {
  if (complete)
    return object;
  (void)json_object_put(object);
  return NULL;
}
