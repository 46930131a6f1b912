/* Runs files through a target: those named, or else the corpus that FUZZ_CORPUS has for a program of this name. For
 * make check, which has no libFuzzer, and for a look at a crash with a debugger. */
#include <dirent.h>
#include <errno.h>

#include "tests/fuzz/fuzz.h"

enum { PLACES_MAX = 1000 }; /* of a large house: one allocation a seat, each handled alike */

/* As run.py has it: lengths that a peer makes up end in NULL, as without a sanitizer, and not in a report. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1:max_allocation_size_mb=8192"; }

/* As it is, and with each trouble at each of its places (fuzz.h). The last line tells where it crashed. */
static void run_bytes(const char *path, const uint8_t *bytes, size_t length) {
  static const char *const names[] = {"", "no memory", "no time"};

  fprintf(stderr, "%s\n", path);
  fuzz_plan(FUZZ_NO_TROUBLE, 0);
  (void)LLVMFuzzerTestOneInput(bytes, length);
  for (enum fuzz_trouble what = FUZZ_NO_MEMORY; what <= FUZZ_NO_TIME; what++) {
    unsigned nth = 0;

    do {
      fprintf(stderr, "%s: %s at place %u\n", path, names[what], ++nth);
      fuzz_plan(what, nth);
      (void)LLVMFuzzerTestOneInput(bytes, length);
    } while (fuzz_trouble_came(what) && nth < PLACES_MAX);
  }
}

static bool run_file(const char *path) {
  FILE *in = fopen(path, "rb");
  uint8_t *bytes = NULL;
  size_t length = 0, got = 0;

  if (in == NULL) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return false;
  }
  do {
    uint8_t *wider = realloc(bytes, length + 65536);

    FUZZ_REQUIRE(wider != NULL);
    bytes = wider;
    got = fread(bytes + length, 1, 65536, in);
    length += got;
  } while (got > 0);
  (void)fclose(in);
  bytes = realloc(bytes, length + (length == 0)); /* just its size: a sanitizer sees who reads further */
  FUZZ_REQUIRE(bytes != NULL);
  run_bytes(path, bytes, length);
  free(bytes);
  return true;
}

static int run_folder(const char *root, const char *name) {
  char folder[4096], path[4096 + 256];
  DIR *entries;
  int n = 0;

  (void)snprintf(folder, sizeof(folder), "%s/%s", root, name);
  entries = opendir(folder);
  if (entries == NULL) {
    fprintf(stderr, "%s: %s\n", folder, strerror(errno));
    return 0;
  }
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    if (!run_file(path)) {
      n = 0;
      break;
    }
    n++;
  }
  (void)closedir(entries);
  return n;
}

int main(int argc, char **argv) {
  const char *root = getenv("FUZZ_CORPUS"), *slash = strrchr(argv[0], '/');
  const char *name = slash == NULL ? argv[0] : slash + 1;
  int n = 0;

  for (; n < argc - 1; n++)
    if (!run_file(argv[n + 1]))
      return EXIT_FAILURE;
  if (argc == 1 && root != NULL)
    n = run_folder(root, name);
  printf("%s: %d inputs\n", name, n);
  return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* an empty corpus is a mistake */
}
