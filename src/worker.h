/* A worker's life: accept, route, answer, log; until a signal or the last of its requests. */
#ifndef BO_WORKER_H
#define BO_WORKER_H

#include "boxoffice/office.h"
#include "util/config.h"
#include "util/problem.h"

/* Serves until asked to leave: true. False: it could not begin, and problem tells why. */
bool bo_worker_run(const struct bo_config *config, struct bo_office *office, struct bo_problem *problem) BO_MUST_CHECK;

#endif
