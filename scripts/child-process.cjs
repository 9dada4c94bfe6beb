/**
 * What stands for node:child_process in the file that bin/ runs. Commander names that module, and calls it for commands that are programs
 * of their own, which there are none of here; it would bring streams and sockets along, a twentieth of a start.
 */
module.exports = {
	spawn: (...given) => process.getBuiltinModule('node:child_process').spawn(...given),
	spawnSync: (...given) => process.getBuiltinModule('node:child_process').spawnSync(...given),
};
