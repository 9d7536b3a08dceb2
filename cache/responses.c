#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "freshness.h"
#include "stored_fields.h"

#define HTTP_PARTIAL_CONTENT 206

/* --- the latest state ---------------------------------------------------------------------------
 */

/* What this handle knows newer than the index; -ENOENT: nothing. */
static int own_entry(struct cache *cache, const char *url, struct index_entry *ret_entry,
		     bool *ret_is_of_run)
{
	const struct pending_entry *pending = cache_pending_entry(cache, url);

	if (!pending)
		pending = map_get_string(cache->run_entries, url);
	*ret_is_of_run = false;
	if (!pending || pending->is_gone)
		return -ENOENT;
	index_entry_copy(ret_entry, &pending->entry);
	*ret_is_of_run = pending->is_of_run;
	return 0;
}

int cache_current_entry(struct cache *cache, const char *url, struct index_entry *ret_entry,
			bool *ret_is_of_run, struct fault *fault)
{
	int error = own_entry(cache, url, ret_entry, ret_is_of_run);

	if (error != -ENOENT)
		return error;
	error = cache_before_read(cache, fault);
	return error ? error
		     : cache_note(cache,
				  index_get_entry(cache_index(cache), url, ret_entry, fault));
}

static bool take_ahead(struct cache *cache, const char *url, struct index_entry *ret_entry,
		       struct known_facts **ret_known)
{
	struct look_ahead *ahead =
		hash_set_has(&cache->written, url, strlen(url)) ? NULL : cache_ahead(cache);

	return ahead && look_ahead_take_entry(ahead, url, ret_entry, ret_known);
}

/* With the facts of its object, where the index has both. */
static int current_entry_and_facts(struct cache *cache, const char *url,
				   struct index_entry *ret_entry, struct known_facts **ret_known,
				   struct fault *fault)
{
	struct cache_facts facts;
	bool is_of_run, has_facts = false;
	int error = own_entry(cache, url, ret_entry, &is_of_run);

	if (error != -ENOENT)
		return error;
	error = cache_before_read(cache, fault);
	if (!error && take_ahead(cache, url, ret_entry, ret_known))
		return 0;
	if (!error)
		error = cache_note(cache,
				   index_get_entry_and_facts(cache_index(cache), url, ret_entry,
							     &facts, &has_facts, fault));
	if (!error && has_facts)
		*ret_known = cache_pack_facts(&facts);
	return error;
}

void cache_put_entry(struct cache *cache, struct index_entry *entry, enum entry_change change,
		     bool is_of_run)
{
	struct pending_entry *pending = alloc_zeroed(1, sizeof *pending);
	struct pending_entry *replaced;

	if (change != ENTRY_CARRIED) {
		entry->used_day = cache->today;
		hash_set_add(&cache->used, entry->url, strlen(entry->url));
	}
	hash_set_add(&cache->written, entry->url, strlen(entry->url));
	if (entry->has_object && !is_of_run)
		objects_want(cache->objects, &entry->object);
	pending->entry = *entry;
	pending->is_new = change == ENTRY_RESPONSE || change == ENTRY_CARRIED;
	pending->is_of_run = is_of_run;
	*entry = (struct index_entry){0};
	replaced = map_put_string(cache->pending.entries, pending->entry.url, pending);
	pending->is_confirmed = change == ENTRY_CONFIRMED && !replaced;
	if (replaced && replaced->is_new)
		pending->is_new = true;
	pending_entry_free(replaced);
	pending_touch(&cache->pending);
}

/* The stored entry, or a blank one of that URL. */
static int current_or_new(struct cache *cache, const char *url, struct index_entry *ret_entry,
			  bool *ret_is_of_run, struct fault *fault)
{
	int error = cache_current_entry(cache, url, ret_entry, ret_is_of_run, fault);

	if (error != -ENOENT)
		return error;
	*ret_entry = (struct index_entry){.url = alloc_string(url), .failure_lifetime_s = -1};
	*ret_is_of_run = false;
	return 0;
}

static void replace_string(char **string, const char *text)
{
	char *copy = text ? alloc_string(text) : NULL;

	free(*string);
	*string = copy;
}

/* --- lookup -------------------------------------------------------------------------------------
 */

void cache_entry_release(struct cache_entry *entry)
{
	free(entry->final_url);
	free(entry->failure_code);
	free(entry->failure_message);
	http_fields_release(&entry->fields);
	if (entry->stored)
		index_entry_release(entry->stored);
	free(entry->stored);
	free(entry->facts);
	*entry = (struct cache_entry){0};
}

bool cache_is_unchanged(struct cache *cache, const char *url, uint32_t generation)
{
	uint32_t present;

	if (hash_set_has(&cache->written, url, strlen(url)))
		return false;
	if (leases_have_generation(cache->leases, generation))
		return true;
	if (index_generation(cache_index(cache), &present, NULL))
		return false;
	leases_note_generation(cache->leases, present);
	return present == generation;
}

/* Moves what lookup gives as it is stored. */
static void fill_stored(struct index_entry *stored, struct cache_entry *entry)
{
	entry->object = stored->object;
	entry->object_bytes = stored->object_bytes;
	entry->status = stored->status;
	entry->is_permanent_redirect = stored->is_permanent_redirect;
	entry->checked_s = stored->checked_s;
	entry->failure = (enum cache_failure)stored->failure;
	entry->failure_code = stored->failure_code;
	entry->failure_message = stored->failure_message;
	stored->failure_code = stored->failure_message = NULL;
	entry->failure_status = stored->failure_status;
	entry->first_failure_s = stored->first_failure_s;
	entry->last_failure_s = stored->last_failure_s;
	entry->last_success_s = stored->success_s;
	entry->not_before_s = stored->not_before_s;
	entry->failure_streak = stored->failure_streak;
}

/* Does the request that the policy describes select the stored response (RFC 9111 section 4.1)? */
static bool is_selected(const struct index_entry *stored, const struct http_fields *fields,
			const struct cache_policy *policy)
{
	CLEANUP(cleanup_free) char *key = NULL;

	if (!stored->request_key || !policy->request_fields)
		return true;
	key = stored_fields_request_key(fields, policy->request_fields);
	return key && !strcmp(key, stored->request_key);
}

static void fill_validators(struct cache_entry *entry, bool is_selected)
{
	const char *tag = http_fields_get(&entry->fields, "ETag");
	const char *modified = http_fields_get(&entry->fields, "Last-Modified");

	/* "If-None-Match: *" would ask whether there is any image at all (RFC 9110 section
	 * 13.1.2). */
	entry->entity_tag = tag && tag[0] && strcmp(tag, "*") != 0 ? tag : NULL;
	/* A date says nothing about which of several variants was stored. */
	entry->last_modified = modified && modified[0] && is_selected ? modified : NULL;
}

/* FRESH or STALE, of a response whose bytes are there. */
static enum cache_state response_state(const struct index_entry *stored,
				       const struct cache_policy *policy, int64_t now_s,
				       struct cache_entry *entry)
{
	struct freshness_input input = {
		.status = stored->status,
		.fields = &entry->fields,
		.request_time_s = stored->request_time_s,
		.response_time_s = stored->response_time_s,
		.was_redirected = stored->final_url != NULL,
		.redirect_lifetime_s = stored->redirect_lifetime_s,
	};
	struct freshness freshness;

	if (stored->fields)
		http_fields_parse(&entry->fields, stored->fields, strlen(stored->fields));
	freshness_evaluate(&input, policy, now_s, &freshness);
	entry->is_selected = is_selected(stored, &entry->fields, policy);
	fill_validators(entry, entry->is_selected);
	entry->freshness_lifetime_s = freshness.lifetime_s;
	entry->current_age_s = freshness.age_s;
	entry->redirect_lifetime_s = freshness_of_stored_redirect(&input, policy, now_s);
	entry->must_revalidate = freshness.must_revalidate;
	entry->may_be_used_meanwhile = freshness.may_be_used_meanwhile && entry->is_selected &&
				       stored->failure == CACHE_FAILURE_NONE;
	return freshness.is_fresh && entry->is_selected ? CACHE_FRESH : CACHE_STALE;
}

static enum cache_state state_of(const struct index_entry *stored,
				 const struct cache_policy *policy, int64_t now_s,
				 struct cache_entry *entry)
{
	const struct failure_memory memory = {
		.failure = (enum cache_failure)stored->failure,
		.last_failure_s = stored->last_failure_s,
		.not_before_s = stored->not_before_s,
		.explicit_lifetime_s = stored->failure_lifetime_s,
		.streak = stored->failure_streak,
		.request_digest = stored->failure_request,
	};
	enum cache_state state = CACHE_MISS;

	if (entry->has_object)
		state = response_state(stored, policy, now_s, entry);
	if (failure_is_to_come(memory.last_failure_s, now_s))
		entry->not_before_s = 0;
	if (failure_is_remembered(&memory, policy, now_s))
		return CACHE_NEGATIVE;
	/* The origin failed after it gave these bytes: they are not fresh, whatever it said then.
	 */
	if (stored->failure != CACHE_FAILURE_NONE && state == CACHE_FRESH)
		return CACHE_STALE;
	return state;
}

/* When nothing else is taken of what is stored. */
static void take_final_url(struct cache_entry *entry, struct index_entry *stored)
{
	char **url = stored->final_url ? &stored->final_url : &stored->url;

	if (!stored->status)
		return;
	entry->final_url = *url;
	*url = NULL;
}

/* A 304 is likely to follow: what it takes then is at hand, and need not be read among the
 * network's turns, each of which would take the index's locks for it. */
static void keep_stored(struct cache_entry *entry, struct index_entry *stored)
{
	if (stored->status)
		entry->final_url =
			alloc_string(stored->final_url ? stored->final_url : stored->url);
	entry->stored = alloc_resized(NULL, 1, sizeof *entry->stored);
	*entry->stored = *stored;
	*stored = (struct index_entry){0};
}

int cache_lookup(struct cache *cache, const char *url, const struct cache_policy *policy,
		 int64_t now_s, struct cache_entry *ret_entry, struct fault *fault)
{
	CLEANUP(index_entry_release) struct index_entry stored = {0};
	struct cache_entry entry = {0};
	bool is_of_run;
	int error =
		cache_note(cache, index_generation(cache_index(cache), &entry.generation, fault));

	if (!error && policy->wants_facts)
		error = current_entry_and_facts(cache, url, &stored, &entry.facts, fault);
	else if (!error)
		error = cache_current_entry(cache, url, &stored, &is_of_run, fault);
	if (error == -ENOENT) {
		*ret_entry =
			(struct cache_entry){.state = CACHE_MISS, .generation = entry.generation};
		return 0;
	}
	if (error)
		return error;
	if (stored.used_day == cache->today)
		hash_set_add(&cache->used, url, strlen(url));
	fill_stored(&stored, &entry);
	entry.has_object = stored.has_object &&
			   objects_seen(cache->objects, &stored.object, stored.object_bytes);
	entry.state = state_of(&stored, policy, now_s, &entry);
	if (entry.state == CACHE_STALE && entry.has_object)
		keep_stored(&entry, &stored);
	else
		take_final_url(&entry, &stored);
	*ret_entry = entry;
	return 0;
}

/* --- storing ------------------------------------------------------------------------------------
 */

static void end_failures(struct index_entry *entry)
{
	entry->failure = CACHE_FAILURE_NONE;
	replace_string(&entry->failure_code, NULL);
	replace_string(&entry->failure_message, NULL);
	entry->failure_status = 0;
	entry->first_failure_s = entry->last_failure_s = entry->not_before_s = 0;
	entry->failure_lifetime_s = -1;
	entry->failure_streak = 0;
	entry->failure_request = 0;
}

static void take_fields(struct index_entry *entry, const struct http_fields *fields,
			bool *ret_is_too_large)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	http_fields_format(fields, &text);
	*ret_is_too_large = text.length_bytes > STORED_FIELDS_MAX_BYTES;
	free(entry->fields);
	entry->fields = buf_steal(&text);
}

int64_t cache_redirect_lifetime(int status, const struct http_fields *fields,
				int64_t response_time_s)
{
	return freshness_of_redirect(status, fields, response_time_s);
}

static void take_answer(struct index_entry *entry, const struct cache_response *response)
{
	bool is_elsewhere = response->final_url && strcmp(response->final_url, response->url) != 0;

	replace_string(&entry->final_url, is_elsewhere ? response->final_url : NULL);
	entry->is_permanent_redirect = response->is_permanent_redirect;
	entry->redirect_lifetime_s = response->redirect_lifetime_s;
	entry->request_time_s = response->request_time_s;
	entry->response_time_s = response->response_time_s;
	entry->checked_s = entry->success_s = response->response_time_s;
	end_failures(entry);
}

int cache_store_response(struct cache *cache, const struct cache_response *response,
			 const struct object_id *object, struct fault *fault)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	CLEANUP(index_entry_release) struct index_entry entry = {0};
	bool is_too_large;
	uint64_t bytes;
	int error;

	/* Part of an image is no image (RFC 9111 section 3.3). */
	if (response->status == HTTP_PARTIAL_CONTENT)
		return 0;
	error = objects_size(cache->objects, object, &bytes);
	if (error)
		return fault_raise(fault, error,
				   "%s: store the response: its bytes are not in the "
				   "cache",
				   response->url);
	stored_fields_select(response->fields, &fields);
	entry.url = alloc_string(response->url);
	entry.status = response->status;
	entry.has_object = true;
	entry.object = *object;
	entry.object_bytes = bytes;
	entry.request_key = stored_fields_request_key(&fields, response->request_fields);
	take_answer(&entry, response);
	take_fields(&entry, &fields, &is_too_large);
	cache_put_entry(cache, &entry, ENTRY_RESPONSE,
			is_too_large || freshness_forbids_storing(response->status, &fields));
	return 0;
}

/* The stored response is not to be used again; what is known of failures stays. */
static void drop_response(struct index_entry *entry)
{
	entry->has_object = false;
	entry->object_bytes = 0;
	replace_string(&entry->fields, NULL);
	replace_string(&entry->request_key, NULL);
}

/* What is stored now, with its fields: as the lookup gave it, if that is still so. */
static int take_current(struct cache *cache, const char *url, struct cache_entry *known,
			struct index_entry *ret_entry, struct http_fields *ret_fields,
			bool *ret_is_as_known, bool *ret_is_of_run, struct fault *fault)
{
	int error;

	*ret_is_as_known =
		known && known->stored && cache_is_unchanged(cache, url, known->generation);
	if (*ret_is_as_known) {
		*ret_entry = *known->stored;
		*ret_fields = known->fields;
		free(known->stored);
		known->stored = NULL;
		known->fields = (struct http_fields){0};
		known->entity_tag = known->last_modified = NULL;
		*ret_is_of_run = false;
		return 0;
	}
	error = cache_current_entry(cache, url, ret_entry, ret_is_of_run, fault);
	if (!error && ret_entry->fields)
		http_fields_parse(ret_fields, ret_entry->fields, strlen(ret_entry->fields));
	return error;
}

/* Fields that no longer fit go on being used in this run alone. */
static void update_entry(struct cache *cache, const struct cache_response *response,
			 struct index_entry *entry, struct http_fields *fields, bool is_of_run)
{
	bool had_failed = entry->failure != CACHE_FAILURE_NONE || entry->first_failure_s;
	/* These bytes go on being what they are. */
	int64_t broken_since_s = entry->failure == CACHE_FAILURE_NONE ? entry->first_failure_s : 0;
	bool is_too_large;

	stored_fields_update(fields, response->fields);
	take_answer(entry, response);
	entry->first_failure_s = broken_since_s;
	take_fields(entry, fields, &is_too_large);
	if (response->request_fields) {
		free(entry->request_key);
		entry->request_key = stored_fields_request_key(fields, response->request_fields);
	}
	cache_put_entry(cache, entry, had_failed ? ENTRY_CHANGED : ENTRY_CONFIRMED,
			is_of_run || is_too_large ||
				freshness_forbids_storing(entry->status, fields));
}

int cache_store_not_modified(struct cache *cache, const struct cache_response *response,
			     struct cache_entry *known, bool *ret_matches, struct fault *fault)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	CLEANUP(index_entry_release) struct index_entry entry = {0};
	bool is_as_known, is_of_run;
	int error = take_current(cache, response->url, known, &entry, &fields, &is_as_known,
				 &is_of_run, fault);

	*ret_matches = false;
	if (error)
		return error == -ENOENT ? 0 : error;
	if (!is_as_known && entry.has_object)
		entry.has_object = objects_has(cache->objects, &entry.object, entry.object_bytes);
	if (!entry.has_object || !stored_fields_match(&fields, response->fields)) {
		drop_response(&entry);
		cache_put_entry(cache, &entry, ENTRY_CHANGED, is_of_run);
		return 0;
	}
	update_entry(cache, response, &entry, &fields, is_of_run);
	if (known) {
		http_fields_release(&known->fields);
		known->entity_tag = known->last_modified = NULL;
		known->fields = fields;
		known->is_permanent_redirect = response->is_permanent_redirect;
		fields = (struct http_fields){0};
	}
	*ret_matches = true;
	return 0;
}

int cache_store_broken_bytes(struct cache *cache, const char *url, int64_t since_s,
			     struct fault *fault)
{
	CLEANUP(index_entry_release) struct index_entry entry = {0};
	bool is_of_run;
	int error = cache_current_entry(cache, url, &entry, &is_of_run, fault);

	if (error)
		return error == -ENOENT ? 0 : error;
	if (entry.failure != CACHE_FAILURE_NONE || entry.first_failure_s == since_s)
		return 0;
	entry.first_failure_s = since_s;
	cache_put_entry(cache, &entry, ENTRY_CHANGED, is_of_run);
	return 0;
}

static int64_t bounded_not_before(const struct cache_failure_report *report)
{
	int64_t latest_s = report->now_s + CACHE_NOT_BEFORE_MAX_S;

	return report->not_before_s < latest_s ? report->not_before_s : latest_s;
}

int cache_store_failure(struct cache *cache, const struct cache_failure_report *report,
			struct fault *fault)
{
	CLEANUP(index_entry_release) struct index_entry entry = {0};
	bool is_of_run;
	int error = current_or_new(cache, report->url, &entry, &is_of_run, fault);

	if (error)
		return error;
	if (is_of_run)
		drop_response(&entry); /* the failure is to be remembered, no-store bytes are not */
	entry.failure = (int)report->failure;
	replace_string(&entry.failure_code, report->code);
	replace_string(&entry.failure_message, report->message);
	entry.failure_status = report->status;
	entry.failure_request = report->request_digest;
	entry.not_before_s = bounded_not_before(report);
	entry.last_failure_s = report->now_s;
	entry.failure_lifetime_s =
		report->fields ? freshness_explicit_lifetime(report->fields, report->now_s) : -1;
	/* To be told "later" is no failure: it neither starts nor lengthens a streak. */
	if (report->failure != CACHE_FAILURE_DEFERRED) {
		entry.checked_s = report->now_s;
		/* One that is to come dates from a clock that was wrong. */
		if (!entry.first_failure_s || entry.first_failure_s > report->now_s)
			entry.first_failure_s = report->now_s;
		if (entry.failure_streak < UINT32_MAX)
			entry.failure_streak++;
	}
	cache_put_entry(cache, &entry, ENTRY_CHANGED, false);
	return 0;
}
