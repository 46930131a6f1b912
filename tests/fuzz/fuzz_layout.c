/* An operator's JSON file -> shows, or a layout: seed's reader, and the check that a show can be sold. */
#include <json-c/json.h>
#include <sys/mman.h>
#include <unistd.h>

#include "seed/draft.h"
#include "seed/json_file.h"
#include "seed/json_scan.h"
#include "tests/fuzz/fuzz.h"

static const char *file_of(const uint8_t *data, size_t size) {
  static char path[64];
  static int fd = -1;

  if (fd < 0)
    fd = memfd_create("layout", MFD_CLOEXEC);
  FUZZ_REQUIRE(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
  (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  return path;
}

static void try_as_shows(const struct seed_json *file) {
  for (size_t i = 0; i < json_object_array_length(file->root); i++) {
    struct bo_arena *arena = bo_arena_new();
    struct bo_show_draft draft;

    FUZZ_REQUIRE(arena != NULL);
    if (seed_draft_read(file, i, arena, &draft)) {
      fuzz_read(draft.title);
      FUZZ_REQUIRE(draft.total_seats >= 1 && draft.total_seats <= BO_SHOW_SEATS_MAX);
    }
    bo_arena_free(arena);
  }
}

static void try_as_layout(const struct seed_json *file) {
  struct bo_show_draft draft = {.title = "M", .layout = file->root, .max_held = BO_UNSET, .max_owned = BO_UNSET};
  struct bo_arena *arena = bo_arena_new();
  struct bo_problem problem = {0};
  size_t n_seats;

  FUZZ_REQUIRE(arena != NULL);
  if (bo_catalogue_check(&draft, arena, &n_seats, &problem))
    FUZZ_REQUIRE(n_seats >= 1);
  else
    seed_json_complain(file, problem.detail, problem.detail);
  bo_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct seed_json file;

  if (seed_json_read(&file, file_of(data, size))) {
    if (json_object_is_type(file.root, json_type_array))
      try_as_shows(&file);
    else
      try_as_layout(&file);
  }
  seed_json_free(&file);
  return 0;
}
