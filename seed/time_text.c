#include "time_text.h"

#include <ctype.h>
#include <stddef.h>
#include <time.h>

/* Exactly `digits` digits, at *text. */
static bool number(const char **text, int digits, int least, int most, int *out) {
  *out = 0;
  for (int i = 0; i < digits; i++, (*text)++) {
    if (!isdigit((unsigned char)**text)) {
      return false;
    }
    *out = *out * 10 + (**text - '0');
  }
  return *out >= least && *out <= most;
}

static bool skip(const char **text, char c) {
  if (**text != c) {
    return false;
  }
  (*text)++;
  return true;
}

/* ".5" is 500 ms; digits past the third are let go. */
static bool fraction(const char **text, int *ms) {
  int digits = 0;
  for (*ms = 0; isdigit((unsigned char)**text); digits++, (*text)++) {
    if (digits < 3) {
      *ms = *ms * 10 + (**text - '0');
    }
  }
  for (int i = digits; i < 3; i++) {
    *ms *= 10;
  }
  return digits > 0;
}

static bool zone(const char **text, int *minutes) {
  int hour, minute;
  *minutes = 0;
  if (skip(text, 'Z')) {
    return true;
  }
  int sign = skip(text, '+') ? 1 : skip(text, '-') ? -1 : 0;
  if (sign == 0 || !number(text, 2, 0, 14, &hour)) {
    return false;
  }
  (void)skip(text, ':');
  if (!number(text, 2, 0, 59, &minute)) {
    return false;
  }
  *minutes = sign * (hour * 60 + minute);
  return true;
}

bool seed_time_parse(const char *text, int64_t *out_ms) {
  struct tm tm = {0};
  int year, month, ms = 0, minutes;
  if (!number(&text, 4, 1970, 9999, &year) || !skip(&text, '-') || !number(&text, 2, 1, 12, &month) ||
      !skip(&text, '-') || !number(&text, 2, 1, 31, &tm.tm_mday) || !skip(&text, 'T') ||
      !number(&text, 2, 0, 23, &tm.tm_hour) || !skip(&text, ':') || !number(&text, 2, 0, 59, &tm.tm_min)) {
    return false;
  }
  if (skip(&text, ':') && (!number(&text, 2, 0, 59, &tm.tm_sec) || (skip(&text, '.') && !fraction(&text, &ms)))) {
    return false;
  }
  if (!zone(&text, &minutes) || *text != '\0') {
    return false;
  }
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  int day = tm.tm_mday;
  time_t seconds = timegm(&tm);
  if (tm.tm_mday != day || tm.tm_mon != month - 1) { /* the 30th of February became some day in March */
    return false;
  }
  *out_ms = ((int64_t)seconds - (int64_t)minutes * 60) * 1000 + ms;
  return true;
}
