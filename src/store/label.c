#include "store/label.h"

#include <string.h>

#include "util/bounds.h"

bool bo_seat_is_label(const char *text, size_t length) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-";
  return length >= 1 && length <= BO_SEAT_LABEL_MAX && strspn(text, allowed) == length;
}
