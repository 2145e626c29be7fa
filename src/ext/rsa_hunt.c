/*
 * A stock of primes under a lock. Who takes searches too until there are two, whoever finds them, so that nobody waits for an unlucky other; the other thread
 * stops when there are as many as are wanted.
 *
 * The state is the process's, as the library is: renders that run side by side share the one thread more that searches. It is joined before the library
 * takes itself apart at exit.
 */
#include "ext/rsa_hunt.h"

#include <pthread.h>
#include <stdlib.h>

#include "ext/rsa_prime.h"

enum { KEY_PRIMES = 2, STOCK_MAX = 8 };

struct hunt {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t bits; /* of a prime */
	struct rsa_sieve *sieve;
	struct rsa_search *spare; /* that nobody uses */
	BIGNUM *stock[STOCK_MAX];
	size_t count, takers;
	size_t expected; /* primes, by nobody yet */
	bool has_thread, is_over;
	pthread_t thread;
	_Atomic bool is_enough; /* for a taker; both follow from the others */
	_Atomic bool is_plenty; /* for all */
};

#define HUNT(n) { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .bits = (n) }
static struct hunt hunts[] = { HUNT(1024), HUNT(2048) };

static struct hunt *hunt_for(size_t bits)
{
	return &hunts[bits == hunts[0].bits ? 0 : 1];
}

/* ---- All with the lock held ---- */

static void update(struct hunt *h)
{
	size_t wanted = MIN(MAX(h->takers * KEY_PRIMES, h->expected), (size_t)STOCK_MAX);
	h->is_enough = h->count >= KEY_PRIMES;
	h->is_plenty = h->count >= wanted || h->is_over;
	pthread_cond_signal(&h->changed);
}

static void put(struct hunt *h, BIGNUM *prime)
{
	if (prime && h->count < STOCK_MAX)
		h->stock[h->count++] = prime;
	else
		ossl.BN_clear_free(prime);
	update(h);
}

/* Who comes second waits for the sieve, which he needs too. */
static struct rsa_search *get_search(struct hunt *h)
{
	struct rsa_search *s = h->spare;
	h->spare = NULL;
	if (!h->sieve)
		h->sieve = rsa_sieve_new(h->bits / 64);
	return s ? s : rsa_search_new(h->sieve, h->bits);
}

static void give_back(struct hunt *h, struct rsa_search *s)
{
	if (h->spare)
		rsa_search_free(s);
	else
		h->spare = s;
}

/* Searches until there is a prime, or *is_enough. False where the library fails. */
static bool search(struct hunt *h, struct rsa_search *s, const _Atomic bool *is_enough)
{
	pthread_mutex_unlock(&h->lock);
	BIGNUM *prime = rsa_search_next(s, is_enough);
	bool ok = prime || *is_enough;
	pthread_mutex_lock(&h->lock);
	if (prime)
		put(h, prime);
	return ok;
}

/* ---- The other thread ---- */

static void stop_all(void)
{
	for (size_t i = 0; i < ARRAY_LEN(hunts); i++) {
		struct hunt *h = &hunts[i];
		pthread_mutex_lock(&h->lock);
		bool has_thread = h->has_thread;
		h->has_thread = false;
		h->is_over = true;
		update(h);
		pthread_mutex_unlock(&h->lock);
		if (has_thread)
			pthread_join(h->thread, NULL);
	}
}

/* What is registered last is called first: the library's own begins with its first use. */
static void register_stop(void)
{
	ossl.OPENSSL_init_crypto(0, NULL);
	(void)atexit(stop_all);
}

static void stop_at_exit(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, register_stop);
}

static void *help(void *arg)
{
	struct hunt *h = arg;
	AUTO_ERR err = { 0 };
	pthread_mutex_lock(&h->lock);
	struct rsa_search *s = get_search(h);
	pthread_mutex_unlock(&h->lock);
	bool ok = libcrypto_load(&err);
	if (ok)
		stop_at_exit();
	pthread_mutex_lock(&h->lock);
	while (ok && !h->is_over) {
		if (h->is_plenty)
			pthread_cond_wait(&h->changed, &h->lock);
		else
			ok = search(h, s, &h->is_plenty);
	}
	give_back(h, s);
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void have_thread(struct hunt *h)
{
	if (!h->has_thread && !h->is_over)
		h->has_thread = pthread_create(&h->thread, NULL, help, h) == 0;
}

/* ---- Entrances ---- */

void rsa_hunt_begin(size_t bits)
{
	struct hunt *h = hunt_for(bits);
	pthread_mutex_lock(&h->lock);
	h->expected = KEY_PRIMES;
	update(h);
	have_thread(h);
	pthread_mutex_unlock(&h->lock);
}

bool rsa_hunt_take(size_t bits, enum rsa_more more, BIGNUM *primes[2])
{
	struct hunt *h = hunt_for(bits);
	stop_at_exit();
	pthread_mutex_lock(&h->lock);
	h->takers++;
	update(h);
	have_thread(h);
	struct rsa_search *s = get_search(h);
	bool ok = true;
	while (ok && h->count < KEY_PRIMES)
		ok = search(h, s, &h->is_enough);
	give_back(h, s);
	for (int i = 0; ok && i < KEY_PRIMES; i++)
		primes[i] = h->stock[--h->count];
	h->takers--;
	h->expected = more == RSA_ONE_MORE ? KEY_PRIMES : 0;
	update(h);
	pthread_mutex_unlock(&h->lock);
	return ok;
}
