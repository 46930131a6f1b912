#include "util/utf8.h"

size_t bo_utf8_character(const char *text, size_t length) {
  const unsigned char *byte = (const unsigned char *)text;
  unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
  size_t size;

  if (length == 0)
    return 0;
  if (byte[0] < 0x80)
    return 1;
  if (byte[0] < 0xc2 || byte[0] > 0xf4)
    return 0; /* a continuation, an overlong form, or past the last plane */
  size = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
  if (byte[0] == 0xe0)
    low = 0xa0; /* below: overlong */
  else if (byte[0] == 0xed)
    high = 0x9f; /* above: surrogates */
  else if (byte[0] == 0xf0)
    low = 0x90; /* below: overlong */
  else if (byte[0] == 0xf4)
    high = 0x8f; /* above: past U+10FFFF */
  if (length < size || byte[1] < low || byte[1] > high)
    return 0;
  for (size_t i = 2; i < size; i++)
    if ((byte[i] & 0xc0) != 0x80)
      return 0;
  return size;
}

bool bo_utf8_valid(const char *text, size_t length) {
  size_t at = 0;

  while (at < length) {
    size_t size = bo_utf8_character(text + at, length - at);

    if (size == 0)
      return false;
    at += size;
  }
  return true;
}

bool bo_utf8_is_control(const char *text, size_t length) {
  const unsigned char *byte = (const unsigned char *)text;

  return length == 1 ? byte[0] < 0x20 || byte[0] == 0x7f : length == 2 && byte[0] == 0xc2 && byte[1] < 0xa0;
}

bool bo_utf8_printable(const char *text, size_t length) {
  size_t at = 0;

  while (at < length) {
    size_t size = bo_utf8_character(text + at, length - at);

    if (size == 0 || bo_utf8_is_control(text + at, size))
      return false;
    at += size;
  }
  return true;
}
