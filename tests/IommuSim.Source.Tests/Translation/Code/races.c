/* Functions for two tasks at once. What of them is a data race is said by RaceTests. */

struct mutex { long owner; long room[3]; };
struct rw_semaphore { long count; long room[4]; };
struct qspinlock { unsigned char locked; unsigned char room[3]; };
struct completion { unsigned int done; long wait[3]; };
struct list_head { struct list_head *next, *prev; };
struct wait_queue_head { int lock; struct list_head head; };
struct wait_queue_entry { unsigned int flags; void *private; void *func; struct list_head entry; };
struct callback_head { struct callback_head *next; void (*func)(struct callback_head *head); };
struct work_struct { long data; struct list_head entry; void (*func)(struct work_struct *work); };
struct task_struct { long usage; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void _raw_spin_lock(struct qspinlock *lock);
void complete(struct completion *completion);
void wait_for_completion(struct completion *completion);
void init_wait_entry(struct wait_queue_entry *entry, int flags);
long prepare_to_wait_event(struct wait_queue_head *queue, struct wait_queue_entry *entry, int state);
void finish_wait(struct wait_queue_head *queue, struct wait_queue_entry *entry);
int __wake_up(struct wait_queue_head *queue, unsigned int mode, int exclusive, void *key);
long schedule_timeout(long timeout);
void synchronize_rcu(void);
void call_rcu(struct callback_head *head, void (*func)(struct callback_head *head));
_Bool queue_work_on(int processor, void *queue, struct work_struct *work);
_Bool flush_work(struct work_struct *work);
void kfree(const void *address);

#define ONCE(v) (*(volatile __typeof__(v) *)&(v))

struct object { struct callback_head head; long field; int users; long many[32]; };

long x;
long flag;
char bytes[8] __attribute__((aligned(8)));
struct mutex guard;
struct rw_semaphore sem;
struct qspinlock spin;
struct completion done;
struct wait_queue_head queue = { 0, { &queue.head, &queue.head } };
struct object first = { .users = 2 };
struct object second;
struct object *shared = &first;
struct object *on_heap;

void writes(void) { x = 1; }
long reads(void) { return x; }
void counts(void) { x = x + 1; }
void writes_once(void) { ONCE(x) = 1; }
long reads_once(void) { return ONCE(x); }
void adds(void) { asm volatile("lock; incq %0" : "+m"(x) : : "memory"); }

void writes_byte_1(void) { bytes[1] = 1; }
void writes_byte_2(void) { bytes[2] = 1; }
long reads_bytes(void) { return *(long *)bytes; }

void writes_locked(void) { mutex_lock(&guard); x = 1; mutex_unlock(&guard); }
long reads_locked(void) { mutex_lock(&guard); long v = x; mutex_unlock(&guard); return v; }
long reads_too_early(void) { long v = x; mutex_lock(&guard); v += flag; mutex_unlock(&guard); return v; }

void writes_as_writer(void) { down_write(&sem); x = 1; up_write(&sem); }
void writes_as_reader(void) { down_read(&sem); x = 1; up_read(&sem); }
long reads_as_reader(void) { down_read(&sem); long v = x; up_read(&sem); return v; }

void counts_with_spinlock(void)
{
	_raw_spin_lock(&spin);
	x = x + 1;
	ONCE(spin.locked) = 0;
}

/* Through a pointer: a variable with an address of its own may be read before the flag says so. */
void publishes(void) { on_heap->field = 1; ONCE(flag) = 1; }
void publishes_early(void) { ONCE(flag) = 1; on_heap->field = 1; }
long consumes(void) { return ONCE(flag) ? on_heap->field : 0; }

void completes(void) { x = 1; complete(&done); }
long waits(void) { wait_for_completion(&done); return x; }

void wakes(void) { x = 1; __wake_up(&queue, 3, 1, 0); }
long sleeps(void)
{
	struct wait_queue_entry entry;

	init_wait_entry(&entry, 0);
	prepare_to_wait_event(&queue, &entry, 1);
	long left = schedule_timeout(10);
	finish_wait(&queue, &entry);
	return left ? x : 0;
}

long reads_shared(void)
{
	struct object *object = ONCE(shared);

	return object ? object->field : 0;
}
void replaces_after_grace_period(void)
{
	struct object *old = shared;

	ONCE(shared) = 0;
	synchronize_rcu();
	old->field = 7;
}
void replaces_at_once(void)
{
	struct object *old = shared;

	ONCE(shared) = 0;
	old->field = 7;
}
static void called_back(struct callback_head *head) { ((struct object *)head)->field = 7; }
void replaces_by_callback(void)
{
	struct object *old = shared;

	ONCE(shared) = 0;
	call_rcu(&old->head, called_back);
}

static void works(struct work_struct *work) { x = x + 1; }
struct work_struct work = { .func = works };
void queues(void) { x = 1; queue_work_on(0, 0, &work); }
void queues_and_flushes(void) { queue_work_on(0, 0, &work); flush_work(&work); x = 1; }
void queues_and_writes(void) { queue_work_on(0, 0, &work); x = 1; }
void idles(void) { }

void puts_field(void)
{
	int users = -1;

	on_heap->field = 1;
	asm volatile("lock xaddl %0, %1" : "+r"(users), "+m"(on_heap->users) : : "memory");
	if (users == 1)
		kfree(on_heap);
}
void puts_other(void)
{
	int users = -1;

	on_heap->many[3] = 1;
	asm volatile("lock xaddl %0, %1" : "+r"(users), "+m"(on_heap->users) : : "memory");
	if (users == 1)
		kfree(on_heap);
}
long reads_heap(void) { ONCE(flag) = 1; return on_heap->field; }
void frees(void) { ONCE(x) = 1; kfree(on_heap); }

void copies(void) { second = first; }
void changes(void) { first.many[30] = 1; }
