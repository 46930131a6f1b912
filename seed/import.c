#include <json-c/json.h>
#include <stdio.h>
#include <unistd.h>

#include "draft.h"
#include "seed.h"

enum { BUDGET_MS = 120000, PROGRESS_EVERY = 100 };

/* One line, written over again, and only for somebody who looks. */
static void progress(const char *what, size_t done, size_t total) {
  if (total > PROGRESS_EVERY && isatty(STDERR_FILENO) && (done % PROGRESS_EVERY == 0 || done == total)) {
    (void)fprintf(stderr, "\rboxoffice-seed: %s %zu of %zu%s", what, done, total,
                  done == total ? "\n" : "");
  }
}

/* The whole file before the first write. */
static struct bo_show_draft *read_drafts(struct seed *seed, const struct seed_json *file, size_t n) {
  struct bo_show_draft *drafts = bo_arena_array(seed->arena, n, sizeof *drafts);
  if (drafts == NULL) {
    (void)seed_no_memory();
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    struct bo_arena *scratch = bo_arena_new(); /* labels that were looked at are not needed again */
    bool ok = scratch != NULL && seed_draft_read(file, i, scratch, &drafts[i]);
    bo_arena_free(scratch);
    if (!ok) {
      return NULL;
    }
    progress("checked", i + 1, n);
  }
  return drafts;
}

static void print_all(const struct seed *seed, const struct bo_show_draft *drafts, const char *const *ids, size_t n) {
  bool json = seed->options->json;
  (void)fputs(json ? "[" : "", stdout);
  for (size_t i = 0; i < n; i++) {
    (void)fputs(json && i > 0 ? ",\n" : "", stdout);
    seed_draft_print(&drafts[i], ids[i], json);
  }
  (void)fputs(json ? "]\n" : "", stdout);
}

static int import(struct seed *seed, const struct seed_json *file) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline;
  const char *const *ids;
  if (!json_object_is_type(file->root, json_type_array)) {
    seed_json_complain(file, "", "must be a list of shows");
    return SEED_FAILED;
  }
  size_t n = json_object_array_length(file->root);
  if (n == 0) {
    seed_json_complain(file, "", "the list has no shows");
    return SEED_FAILED;
  }
  struct bo_show_draft *drafts = read_drafts(seed, file, n);
  if (drafts == NULL) {
    return SEED_FAILED;
  }
  deadline = bo_deadline_in(BUDGET_MS);
  if (!bo_catalogue_add(seed->mongo, drafts, n, NULL, 0, &deadline, seed->arena, &ids, &problem)) {
    return seed_fail(&problem);
  }
  progress("stored", n, n);
  print_all(seed, drafts, ids, n);
  return SEED_DONE;
}

int seed_import(struct seed *seed) {
  struct seed_json file;
  int code = seed_json_read(&file, seed->options->arguments[0]) ? import(seed, &file) : SEED_FAILED;
  seed_json_free(&file);
  return code;
}
