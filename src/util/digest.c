#include "util/digest.h"

#include <openssl/evp.h>

bool bo_digest_hex(const char *text, size_t length, char out[BO_DIGEST_HEX_SIZE], struct bo_problem *problem) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL) != 1)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a digest");
  for (size_t i = 0; i < BO_DIGEST_HEX_SIZE / 2; i++) {
    out[2 * i] = digits[digest[i] >> 4];
    out[2 * i + 1] = digits[digest[i] & 15];
  }
  out[BO_DIGEST_HEX_SIZE - 1] = '\0';
  return true;
}
