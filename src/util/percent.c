#include "util/percent.h"

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool bo_percent_next(const char **at, const char *end, char *out) {
  const char *text = *at;
  int high, low;

  if (*text != '%') {
    *out = *text;
    *at = text + 1;
    return true;
  }
  if (end - text < 3)
    return false;
  high = hex_digit(text[1]);
  low = hex_digit(text[2]);
  if (high < 0 || low < 0)
    return false;
  *out = (char)(high * 16 + low);
  *at = text + 3;
  return true;
}
