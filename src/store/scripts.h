/* The scripts that run inside Redis: lua/<name>.lua, each behind the prelude board.lua. The text is put into
 * scripts.c at build time (embed-scripts.sh). */
#ifndef BO_STORE_SCRIPTS_H
#define BO_STORE_SCRIPTS_H

extern const char bo_script_hold[];
extern const char bo_script_extend[];
extern const char bo_script_release[];
extern const char bo_script_confirm_begin[];
extern const char bo_script_confirm_finish[];
extern const char bo_script_cancel_begin[];
extern const char bo_script_cancel_finish[];
extern const char bo_script_status[];
extern const char bo_script_summary[];
extern const char bo_script_load_begin[];
extern const char bo_script_load_merge[];
extern const char bo_script_lapse[];

#endif
