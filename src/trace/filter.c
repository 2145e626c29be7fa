/*
 * The program is a plain chain of comparisons: for calls that are always allowed the kernel works out the answer once, when it is installed, and afterwards looks at
 * a bit (Linux 5.11). Calls that are newer than this table do not exist for watched programs: a new way to open files must not pass unseen.
 */
#include "trace/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vec.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define X32_BIT 0x40000000
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define X32_BIT 0
#else
#define NATIVE_ARCH 0 /* not known: nothing is watched */
#define X32_BIT 0
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Calls that both machines and all kernel headers have are named; the others are taken where the headers know them, or by their number, which is the same
 * everywhere since 424. */
enum { NR_NEWEST_KNOWN = 462, NR_FCHMODAT2 = 452, NR_OPENAT2 = 437, NR_FACCESSAT2 = 439, NR_CLONE3 = 435, NR_OPEN_TREE = 428, NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430, NR_FSMOUNT = 432, NR_FSPICK = 433, NR_PIDFD_GETFD = 438, NR_MOUNT_SETATTR = 442, NR_IO_URING_SETUP = 425 };

#define ALL_BITS UINT64_MAX
#define NEW_SPACES (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)

#define AT(nr, op_, dir_, path_, flags_) { .number = (nr), .op = (op_), .dir = (dir_), .path = (path_), .flags = (flags_) }
#define CWD(nr, op_, path_, flags_) AT(nr, op_, CALL_NONE, path_, flags_)
#define PAIR(nr, op_, d1, p1, d2, p2, flags_) { .number = (nr), .op = (op_), .dir = (d1), .path = (p1), .dir2 = (d2), .path2 = (p2), .flags = (flags_) }
#define REFUSE(nr, why_) { .number = (nr), .op = CALL_REFUSE, .why = (why_) }
#define BLIND(nr, why_) { .number = (nr), .op = CALL_BLIND, .why = (why_) }
#define BLIND_IF(nr, arg, bits, why_) { .number = (nr), .op = CALL_BLIND, .why = (why_), .if_arg = (arg), .if_bits = (bits) }
#define REFUSE_IF(nr, arg, bits, why_) { .number = (nr), .op = CALL_REFUSE, .why = (why_), .if_arg = (arg), .if_bits = (bits) }

#if NATIVE_ARCH != 0
/* The most frequent first. */
static const struct call_def calls[] = {
	AT(SYS_openat, CALL_OPEN, 0, 1, 2),
	AT(SYS_newfstatat, CALL_LOOK, 0, 1, 3),
	AT(SYS_getdents64, CALL_LIST, 0, CALL_NONE, CALL_NONE),
	AT(SYS_readlinkat, CALL_READ_LINK, 0, 1, CALL_NONE),
	AT(SYS_faccessat, CALL_LOOK, 0, 1, CALL_NONE),
	AT(SYS_statx, CALL_LOOK, 0, 1, 2),
	CWD(SYS_execve, CALL_EXECUTE, 0, CALL_NONE),
#ifdef SYS_open
	CWD(SYS_open, CALL_OPEN, 0, 1),
	CWD(SYS_stat, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_lstat, CALL_LOOK_LINK, 0, CALL_NONE),
	CWD(SYS_access, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_readlink, CALL_READ_LINK, 0, CALL_NONE),
	CWD(SYS_creat, CALL_CREATE, 0, CALL_NONE),
	AT(SYS_getdents, CALL_LIST, 0, CALL_NONE, CALL_NONE),
	CWD(SYS_mkdir, CALL_MAKE_DIR, 0, CALL_NONE),
	CWD(SYS_mknod, CALL_MAKE, 0, CALL_NONE),
	CWD(SYS_symlink, CALL_MAKE, 1, CALL_NONE),
	CWD(SYS_unlink, CALL_REMOVE, 0, CALL_NONE),
	CWD(SYS_rmdir, CALL_REMOVE, 0, CALL_NONE),
	PAIR(SYS_rename, CALL_RENAME, CALL_NONE, 0, CALL_NONE, 1, CALL_NONE),
	PAIR(SYS_link, CALL_LINK, CALL_NONE, 0, CALL_NONE, 1, CALL_NONE),
	CWD(SYS_chmod, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_chown, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_lchown, CALL_CHANGE_LINK, 0, CALL_NONE),
	CWD(SYS_utime, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_utimes, CALL_CHANGE, 0, CALL_NONE),
	AT(SYS_futimesat, CALL_CHANGE, 0, 1, CALL_NONE),
	REFUSE(SYS_uselib, "it loaded a library by uselib"),
#endif
	AT(NR_OPENAT2, CALL_OPEN_HOW, 0, 1, 2),
	AT(NR_FACCESSAT2, CALL_LOOK, 0, 1, 3),
	AT(SYS_execveat, CALL_EXECUTE, 0, 1, 4),
	CWD(SYS_chdir, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_statfs, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_getxattr, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_lgetxattr, CALL_LOOK_LINK, 0, CALL_NONE),
	CWD(SYS_listxattr, CALL_LOOK, 0, CALL_NONE),
	CWD(SYS_llistxattr, CALL_LOOK_LINK, 0, CALL_NONE),
	AT(SYS_name_to_handle_at, CALL_LOOK, 0, 1, CALL_NONE),
	AT(SYS_mkdirat, CALL_MAKE_DIR, 0, 1, CALL_NONE),
	AT(SYS_mknodat, CALL_MAKE, 0, 1, CALL_NONE),
	AT(SYS_symlinkat, CALL_MAKE, 1, 2, CALL_NONE),
	AT(SYS_unlinkat, CALL_REMOVE, 0, 1, CALL_NONE),
	PAIR(SYS_renameat, CALL_RENAME, 0, 1, 2, 3, CALL_NONE),
	PAIR(SYS_renameat2, CALL_RENAME, 0, 1, 2, 3, 4),
	PAIR(SYS_linkat, CALL_LINK, 0, 1, 2, 3, 4),
	AT(SYS_fchmodat, CALL_CHANGE, 0, 1, CALL_NONE),
	AT(NR_FCHMODAT2, CALL_CHANGE, 0, 1, 3),
	AT(SYS_fchownat, CALL_CHANGE, 0, 1, 4),
	AT(SYS_utimensat, CALL_CHANGE, 0, 1, 3),
	CWD(SYS_truncate, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_setxattr, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_lsetxattr, CALL_CHANGE_LINK, 0, CALL_NONE),
	CWD(SYS_removexattr, CALL_CHANGE, 0, CALL_NONE),
	CWD(SYS_lremovexattr, CALL_CHANGE_LINK, 0, CALL_NONE),
	AT(SYS_fchmod, CALL_CHANGE_FD, 0, CALL_NONE, CALL_NONE),
	AT(SYS_fchown, CALL_CHANGE_FD, 0, CALL_NONE, CALL_NONE),
	AT(SYS_fsetxattr, CALL_CHANGE_FD, 0, CALL_NONE, CALL_NONE),
	AT(SYS_fremovexattr, CALL_CHANGE_FD, 0, CALL_NONE, CALL_NONE),
	{ .number = SYS_connect, .op = CALL_CONNECT },
	{ .number = SYS_bind, .op = CALL_BIND },
	{ .number = SYS_sendto, .op = CALL_SEND_TO, .if_arg = 4, .if_bits = ALL_BITS },
	{ .number = SYS_sendmsg, .op = CALL_SEND_MSG },
	{ .number = SYS_sendmmsg, .op = CALL_SEND_MSGS },
	{ .number = NR_IO_URING_SETUP, .op = CALL_MISSING },
	{ .number = NR_CLONE3, .op = CALL_MISSING },
	BLIND_IF(SYS_clone, 0, NEW_SPACES, "it made a namespace of its own"),
	BLIND_IF(SYS_unshare, 0, NEW_SPACES | CLONE_NEWTIME, "it made a namespace of its own"),
	BLIND(SYS_setns, "it entered a namespace"),
	BLIND(SYS_chroot, "it changed its root folder"),
	BLIND(SYS_pivot_root, "it changed its root folder"),
	BLIND(SYS_mount, "it mounted a file system"),
	BLIND(SYS_umount2, "it unmounted a file system"),
	BLIND(NR_OPEN_TREE, "it worked on mounts"),
	BLIND(NR_MOVE_MOUNT, "it worked on mounts"),
	BLIND(NR_FSOPEN, "it worked on mounts"),
	BLIND(NR_FSMOUNT, "it worked on mounts"),
	BLIND(NR_FSPICK, "it worked on mounts"),
	BLIND(NR_MOUNT_SETATTR, "it worked on mounts"),
	REFUSE(SYS_open_by_handle_at, "it opened a file by its handle"),
	REFUSE(SYS_inotify_add_watch, "it waited for changes of files"),
	REFUSE(SYS_fanotify_init, "it waited for changes of files"),
	REFUSE(SYS_ptrace, "it controlled another process (ptrace)"),
	REFUSE(SYS_process_vm_readv, "it read the memory of another process"),
	REFUSE(SYS_process_vm_writev, "it wrote into the memory of another process"),
	REFUSE(NR_PIDFD_GETFD, "it took a descriptor of another process"),
	REFUSE_IF(SYS_shmget, 0, ALL_BITS, "it shared memory with others (shmget)"),
	REFUSE(SYS_shmat, "it shared memory with others (shmat)"),
	REFUSE_IF(SYS_semget, 0, ALL_BITS, "it shared semaphores with others (semget)"),
	REFUSE_IF(SYS_msgget, 0, ALL_BITS, "it shared a message queue with others (msgget)"),
	REFUSE(SYS_mq_open, "it shared a message queue with others (mq_open)"),
	REFUSE(SYS_keyctl, "it used the kernel's keys"),
	REFUSE(SYS_add_key, "it used the kernel's keys"),
	REFUSE(SYS_request_key, "it used the kernel's keys"),
	REFUSE(SYS_bpf, "it used bpf"),
	REFUSE(SYS_swapon, "it changed the system"),
	REFUSE(SYS_swapoff, "it changed the system"),
	REFUSE(SYS_init_module, "it changed the system"),
	REFUSE(SYS_finit_module, "it changed the system"),
	REFUSE(SYS_delete_module, "it changed the system"),
	REFUSE(SYS_quotactl, "it used quotas"),
};
#else
static const struct call_def calls[] = { { .number = -1 } };
#endif

const struct call_def *call_find(int number)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

bool filter_is_native(uint32_t arch, int number)
{
	return arch == NATIVE_ARCH && !(number & X32_BIT);
}

/* --- the program --- */

typedef VEC(struct sock_filter) filter_code;

static void add_op(filter_code *c, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	vec_push(c, (struct sock_filter){ .code = code, .jt = yes, .jf = no, .k = k });
}

static void add_load(filter_code *c, size_t offset)
{
	add_op(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void add_return(filter_code *c, uint32_t what)
{
	add_op(c, BPF_RET | BPF_K, what, 0, 0);
}

static uint32_t answer(const struct call_def *d)
{
	return d->op == CALL_MISSING ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_USER_NOTIF;
}

static size_t argument(const struct call_def *d, int half)
{
	/* Both machines are little endian. */
	return offsetof(struct seccomp_data, args) + (size_t)d->if_arg * 8 + (size_t)half * 4;
}

/* The number is in the accumulator, before and after. */
static void add_call(filter_code *c, const struct call_def *d)
{
	uint32_t low = (uint32_t)d->if_bits, high = (uint32_t)(d->if_bits >> 32);
	if (d->if_bits == 0) {
		add_op(c, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)d->number, 0, 1);
		add_return(c, answer(d));
		return;
	}
	add_op(c, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)d->number, 0, 6);
	add_load(c, argument(d, 0));
	add_op(c, BPF_JMP | BPF_JSET | BPF_K, low, 2, 0);
	add_load(c, argument(d, 1));
	add_op(c, BPF_JMP | BPF_JSET | BPF_K, high, 0, 1);
	add_return(c, answer(d));
	add_return(c, SECCOMP_RET_ALLOW);
}

static void make_code(filter_code *c)
{
	add_load(c, offsetof(struct seccomp_data, arch));
	add_op(c, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	add_return(c, SECCOMP_RET_USER_NOTIF);
	add_load(c, offsetof(struct seccomp_data, nr));
	if (X32_BIT) {
		add_op(c, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1);
		add_return(c, SECCOMP_RET_USER_NOTIF);
	}
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		add_call(c, &calls[i]);
	add_op(c, BPF_JMP | BPF_JGT | BPF_K, NR_NEWEST_KNOWN, 0, 1);
	add_return(c, SECCOMP_RET_ERRNO | ENOSYS);
	add_return(c, SECCOMP_RET_ALLOW);
}

static int install(const struct sock_fprog *program)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* Where the kernel knows it, a signal does not interrupt a call that is being looked at. */
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	return (int)fd;
}

bool filter_install(int *listener, struct err *err)
{
	filter_code code = { 0 };
	if (NATIVE_ARCH == 0)
		return err_set(err, ERR_USAGE, "tracing works on Linux on x86-64 and aarch64 only");
	make_code(&code);
	struct sock_fprog program = { .len = (unsigned short)code.n, .filter = code.p };
	int fd = install(&program);
	/* Without CAP_SYS_ADMIN only a thread that can gain no rights may have a filter. */
	if (fd < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = install(&program);
	int why = errno;
	vec_deinit(&code);
	if (fd >= 0) {
		*listener = fd;
		return true;
	}
	if (why == EBUSY)
		return err_set(err, ERR_IO, "it is already being traced");
	return err_set(err, ERR_IO, "the kernel does not let us watch it (seccomp: %s)", strerror(why));
}
