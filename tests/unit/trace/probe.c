/* Programs that do what a tracer could fail to see, one by one: `probe WHAT`. Status 0 where the deed was done or refused as it should be, 3 where this
 * machine cannot do it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT = 3 };

static int read_one(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY);
	int n = fd < 0 ? -1 : (int)read(fd, &c, 1);
	close(fd);
	return n == 1 ? 0 : 1;
}

static void *read_in_thread(void *arg)
{
	return read_one(arg) ? arg : NULL;
}

static int threads(void)
{
	static const char *const names[] = { "a.txt", "b.txt", "sub/c.txt" };
	pthread_t t[3];
	void *failed;
	int bad = 0;
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, read_in_thread, (void *)names[i]);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &failed);
		bad |= failed != NULL;
	}
	return bad;
}

static int openat2_way(void)
{
	struct { uint64_t flags, mode, resolve; } how = { .flags = O_RDONLY };
	int dir = open("sub", O_PATH | O_DIRECTORY);
	long fd = syscall(437, dir, "c.txt", &how, sizeof(how));
	return fd >= 0 ? 0 : errno == ENOSYS ? CANNOT : 1;
}

static int renameat2_exchange(void)
{
	return syscall(SYS_renameat2, AT_FDCWD, "a.txt", AT_FDCWD, "b.txt", 2) == 0 ? 0 : 1;
}

static int io_uring(void)
{
	char params[256] = { 0 };
	return syscall(425, 4, params) < 0 && errno == ENOSYS ? 0 : 1;
}

/* stat by the 32-bit call table: nothing of it is understood. */
static int int80(void)
{
#ifdef __x86_64__
	/* The path has to lie below 4 GiB. */
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long fd;
	if (low == MAP_FAILED)
		return CANNOT;
	strcpy(low, "a.txt");
	__asm__ volatile("int $0x80" : "=a"(fd) : "a"(5L), "b"(low), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return fd >= 0 ? 0 : fd == -ENOSYS ? CANNOT : 1;
#else
	return CANNOT;
#endif
}

static int daemonise(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			int null = open("/dev/null", O_RDWR);
			dup2(null, 0), dup2(null, 1), dup2(null, 2);
			/* Goes on after the recipe, and its calls still work. */
			struct timespec t = { 0, 600 * 1000 * 1000 };
			nanosleep(&t, NULL);
			close(open("late.txt", O_CREAT | O_WRONLY, 0666));
		}
		_exit(0);
	}
	wait(NULL);
	return 0;
}

static int straggler(void)
{
	if (fork() == 0) {
		struct timespec t = { 0, 30 * 1000 * 1000 };
		nanosleep(&t, NULL);
		_exit(0);
	}
	return 0;
}

static int forks(void)
{
	/* A tree of 63 processes, each of which reads. */
	for (int depth = 0; depth < 6; depth++)
		if (fork() == 0)
			continue;
		else
			read_one("a.txt");
	while (wait(NULL) > 0)
		;
	return 0;
}

static int shared_memory(void)
{
	int id = shmget(getpid(), 4096, IPC_CREAT | 0600);
	return id < 0 ? CANNOT : shmctl(id, IPC_RMID, NULL);
}

static int private_semaphore(void)
{
	int fd = shm_open("/raibid-probe", O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0)
		return 1;
	shm_unlink("/raibid-probe");
	return 0;
}

static int memory_file(void)
{
	int fd = memfd_create("x", 0);
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? CANNOT : write(fd, "x", 1) == 1 && read_one(path) == 0 ? 0 : 1;
}

static int trace_me(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1;
}

static int unix_address(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path, name);
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int own_socket(void)
{
	struct sockaddr_un a;
	int server = unix_address(&a, "own.sock");
	if (bind(server, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(server, 1) != 0)
		return 1;
	int client = unix_address(&a, "own.sock");
	if (connect(client, (struct sockaddr *)&a, sizeof(a)) != 0)
		return 1;
	return unlink("own.sock");
}

static int absent_socket(void)
{
	struct sockaddr_un a;
	int client = unix_address(&a, "none.sock");
	return connect(client, (struct sockaddr *)&a, sizeof(a)) != 0 ? 0 : 1;
}

static int abstract_socket(void)
{
	struct sockaddr_un a;
	int client = unix_address(&a, "");
	strcpy(a.sun_path + 1, "raibid-nobody");
	connect(client, (struct sockaddr *)&a, sizeof(a));
	return 0;
}

static int exec_by_descriptor(void)
{
	char *argv[] = { "script", NULL }, *env[] = { NULL };
	int fd = open("script", O_PATH);
	return syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH) < 0 ? 1 : 0;
}

static int unnamed_file(void)
{
	char path[64];
	int fd = open(".", O_TMPFILE | O_WRONLY, 0666);
	if (fd < 0)
		return CANNOT;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, "x", 1) != 1)
		return 1;
	return linkat(AT_FDCWD, path, AT_FDCWD, "named.txt", AT_SYMLINK_FOLLOW);
}

static int map_shared(void)
{
	int fd = open("a.txt", O_RDWR);
	char *p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	*p = '!';
	return 0;
}

static int in_vfork(void)
{
	pid_t pid = vfork();
	if (pid == 0) {
		execl("/bin/cat", "cat", "b.txt", NULL);
		_exit(1);
	}
	int status;
	waitpid(pid, &status, 0);
	return status;
}

static int by_folder_descriptor(void)
{
	int dir = open("sub", O_RDONLY | O_DIRECTORY), fd;
	if (fchdir(dir) != 0)
		return 1;
	fd = openat(dir, "../a.txt", O_RDONLY);
	return fd < 0 || read_one("c.txt");
}

static void on_alarm(int signal)
{
	(void)signal;
}

static int with_signals(void)
{
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec often = { { 0, 200000 }, { 0, 200000 } };
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &act, NULL);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &often, NULL);
	for (int i = 0; i < 2000; i++)
		if (read_one("a.txt") != 0)
			return 1;
	return 0;
}

static int new_root(void)
{
	return chroot(".") == 0 || errno == EPERM ? 0 : 1;
}

static int own_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0 ? 0 : CANNOT;
}

static int other_memory(void)
{
	char c;
	struct iovec to = { &c, 1 }, from = { &c, 1 };
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*run)(void); } deeds[] = {
		{ "threads", threads }, { "openat2", openat2_way }, { "renameat2", renameat2_exchange }, { "io_uring", io_uring },
		{ "int80", int80 }, { "daemon", daemonise }, { "straggler", straggler }, { "forks", forks }, { "shmget", shared_memory },
		{ "shm_open", private_semaphore }, { "memfd", memory_file }, { "ptrace", trace_me }, { "own-socket", own_socket },
		{ "absent-socket", absent_socket }, { "abstract-socket", abstract_socket }, { "execveat", exec_by_descriptor },
		{ "tmpfile", unnamed_file }, { "mmap", map_shared }, { "vfork", in_vfork }, { "dirfd", by_folder_descriptor },
		{ "signals", with_signals }, { "chroot", new_root }, { "unshare", own_namespace }, { "memory", other_memory },
	};
	for (size_t i = 0; argc > 1 && i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(deeds[i].name, argv[1]) == 0)
			return deeds[i].run();
	fprintf(stderr, "probe: what?\n");
	return 2;
}
