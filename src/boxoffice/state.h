/* What an office is made of: for the files of this folder alone. */
#ifndef BO_BOXOFFICE_STATE_H
#define BO_BOXOFFICE_STATE_H

#include "boxoffice/office.h"
#include "boxoffice/show_cache.h"
#include "store/mongo.h"
#include "store/redis.h"

struct bo_office {
  const struct bo_config *config;
  struct bo_redis *redis;
  struct bo_mongo *mongo;
  struct bo_show_cache cache;
  struct bo_waits loads; /* of boards */
  char refresh[BO_SHOW_ID_LENGTH + 1]; /* a board whose refresh this worker claimed; "" for none */
};

#endif
