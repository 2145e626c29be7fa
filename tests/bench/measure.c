/*
 * measure OUT CMD ARGS…: runs one command with its standard output in the file OUT and prints nanoseconds of wall time, KiB of peak memory and the exit
 * status. A program of its own because the kernel counts the memory of whoever forks towards the child's peak: this one has next to none.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct rusage usage;
	int status, out, null = open("/dev/null", O_RDONLY);
	if (argc < 3 || (out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid_t pid = vfork();
	if (pid == 0) {
		dup2(null, 0);
		dup2(out, 1);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%lld %ld %d\n", (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec, usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
