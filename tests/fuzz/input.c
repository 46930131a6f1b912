#include "tests/fuzz/fuzz.h"

uint8_t fuzz_byte(struct fuzz_input *input) {
  if (input->left == 0)
    return 0;
  input->left--;
  return *input->at++;
}

struct fuzz_input fuzz_take(struct fuzz_input *input, size_t most) {
  struct fuzz_input taken = {input->at, most < input->left ? most : input->left};

  input->at += taken.left;
  input->left -= taken.left;
  return taken;
}

static char *copy(struct fuzz_input piece) {
  char *text = malloc(piece.left + 1);

  FUZZ_REQUIRE(text != NULL);
  if (piece.left > 0)
    memcpy(text, piece.at, piece.left);
  text[piece.left] = '\0';
  return text;
}

char *fuzz_rest(struct fuzz_input *input, size_t *length) {
  *length = input->left;
  return copy(fuzz_take(input, input->left));
}

char *fuzz_text(struct fuzz_input *input) {
  const uint8_t *end = input->left == 0 ? NULL : memchr(input->at, '\0', input->left);
  char *text = copy(fuzz_take(input, end == NULL ? input->left : (size_t)(end - input->at)));

  (void)fuzz_byte(input); /* the NUL */
  return text;
}

void fuzz_read(const char *text) {
  static volatile size_t sum;

  FUZZ_REQUIRE(text != NULL);
  sum = sum + strlen(text);
}
