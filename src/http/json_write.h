/* Building JSON answers with every allocation checked: each function is true where the member is in place,
 * so that a whole object is one chain of &&. */
#ifndef BO_HTTP_JSON_WRITE_H
#define BO_HTTP_JSON_WRITE_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/problem.h"

/* Takes `value` over in every case; NULL (could not be made) is false. A key is a literal, and new to the object. */
bool bo_json_put(json_object *object, const char *key, json_object *value) BO_MUST_CHECK;
bool bo_json_append(json_object *array, json_object *value) BO_MUST_CHECK;

bool bo_json_put_text(json_object *object, const char *key, const char *value) BO_MUST_CHECK;
bool bo_json_put_text_or_null(json_object *object, const char *key, const char *value) BO_MUST_CHECK; /* "": null */
bool bo_json_put_int(json_object *object, const char *key, int64_t value) BO_MUST_CHECK;
bool bo_json_put_bool(json_object *object, const char *key, bool value) BO_MUST_CHECK;
bool bo_json_put_time(json_object *object, const char *key, int64_t wall_ms) BO_MUST_CHECK;

/* `object`, or NULL after freeing it where `complete` is false. */
json_object *bo_json_complete(json_object *object, bool complete) BO_MUST_CHECK;

#endif
