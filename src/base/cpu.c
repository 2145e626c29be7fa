/* glibc has asked the processor already, and tells. Elsewhere we ask at first use; the answer is a fact of the machine, so threads may find it twice. */
#include "base/cpu.h"

#include "config.h"

#if defined(__x86_64__) && defined(HAVE_SYS_PLATFORM_X86_H)

#include <sys/platform/x86.h>

bool cpu_has_sha(void)
{
	return CPU_FEATURE_ACTIVE(SHA) && CPU_FEATURE_ACTIVE(SSSE3) && CPU_FEATURE_ACTIVE(SSE4_1);
}

#elif defined(__x86_64__)

#include <cpuid.h>
#include <stdatomic.h>

enum { SHA = 1, ASKED = 2 };

static unsigned ask(void)
{
	enum { LEAF1_ECX_SSSE3 = 1u << 9, LEAF1_ECX_SSE41 = 1u << 19, LEAF7_EBX_SHA = 1u << 29 };
	unsigned a, b1, c1, d, b7, c7, has = ASKED;
	if (!__get_cpuid(1, &a, &b1, &c1, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d))
		return has;
	if ((b7 & LEAF7_EBX_SHA) && (c1 & LEAF1_ECX_SSSE3) && (c1 & LEAF1_ECX_SSE41))
		has |= SHA;
	return has;
}

static unsigned answer(void)
{
	static atomic_uint known;
	unsigned has = atomic_load_explicit(&known, memory_order_relaxed);
	if (!has)
		atomic_store_explicit(&known, has = ask(), memory_order_relaxed);
	return has;
}

bool cpu_has_sha(void)
{
	return answer() & SHA;
}

#else

bool cpu_has_sha(void)
{
	return false;
}

#endif
