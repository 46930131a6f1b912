#include "util/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

/* Made at the first use and kept: then a digest takes no memory, and libcrypto has none to lose. */
static EVP_MD *sha256;
static EVP_MD_CTX *context;

static bool ready(void) {
  if (!sha256) sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  if (!context) context = EVP_MD_CTX_new();
  return sha256 && context;
}

bool bo_digest_hex(const char *text, size_t length, char out[BO_DIGEST_HEX_SIZE], struct bo_problem *problem) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (!ready() || EVP_DigestInit_ex(context, sha256, NULL) != 1 || EVP_DigestUpdate(context, text, length) != 1 ||
      EVP_DigestFinal_ex(context, digest, NULL) != 1) {
    ERR_clear_error(); /* or what it has to say of this stays in memory */
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a digest");
  }
  for (size_t i = 0; i < BO_DIGEST_HEX_SIZE / 2; i++) {
    out[2 * i] = digits[digest[i] >> 4];
    out[2 * i + 1] = digits[digest[i] & 15];
  }
  out[BO_DIGEST_HEX_SIZE - 1] = '\0';
  return true;
}
