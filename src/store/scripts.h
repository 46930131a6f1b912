/* The scripts that run inside Redis: lua/<name>.lua, each behind the prelude board.lua. The text is put into
 * scripts.c at build time (embed-scripts.sh). Those of name _node have node_holds.lua between the two. */
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

extern const char bo_script_hold_node[];
extern const char bo_script_extend_node[];
extern const char bo_script_release_node[];
extern const char bo_script_confirm_begin_node[];
extern const char bo_script_confirm_finish_node[];
extern const char bo_script_cancel_begin_node[];
extern const char bo_script_cancel_finish_node[];
extern const char bo_script_status_node[];
extern const char bo_script_summary_node[];
extern const char bo_script_load_begin_node[];
extern const char bo_script_load_merge_node[];
extern const char bo_script_lapse_node[];

#endif
