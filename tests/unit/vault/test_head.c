/* The database remembers the newest head that the log showed, also after a restart. */
#include "../check.h"

#include "rig.h"
#include "vault/head.h"

static void a_database_without_a_head_asks_for_nothing(void **state)
{
	struct db *db = NULL;
	char why[DB_WHY_MAX];

	(void)state;
	assert_int_equal(db_open(":memory:", &db, why), 0);
	assert_int_equal(head_recall(db).epoch, 0);
	db_destroy(db);
}

static void what_was_shown_is_remembered(void **state)
{
	struct rig *rig = rig_create();
	struct log_floor head, shown;

	(void)state;
	rig_order(rig, ADMIN_USER_ADD, "Alice", ROLE_OWNER, "");
	rig_settle(rig);
	rig_restart(rig, true);
	rig_order(rig, ADMIN_USER_ADD, "Bob", ROLE_MEMBER, "");
	rig_settle(rig);
	journal_stop(&rig->vault->journal);
	assert_int_equal(db_commit(rig->db), 0);
	shown = log_head(rig->log);
	head = head_recall(rig->db);
	assert_int_equal(head.epoch, 1);
	assert_true(head.head.size > 2 && head.head.size == shown.head.size);
	assert_memory_equal(&head.head.root, &shown.head.root, sizeof(head.head.root));
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_database_without_a_head_asks_for_nothing),
		cmocka_unit_test(what_was_shown_is_remembered),
	};

	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
