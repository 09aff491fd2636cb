/* Asking a server over HTTP: blocking, in the signalling thread only. */
#include "whepload.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 18 };

struct place {
	char host[64], path[400];
	int port;
	struct sockaddr_in address;
};

struct answer {
	char *data;
	size_t size, head_size, wanted; /* wanted 0: until the end */
	int is_chunked;
};

/* The header line of the viewer that asks. */
static char bearer[120];

void use_token(int viewer)
{
	if (load.token_count)
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s\r\n",
			 load.tokens[viewer % load.token_count]);
}

void read_tokens(const char *path)
{
	FILE *file = fopen(path, "r");

	while (file && load.token_count < TOKENS_MAX &&
	       fscanf(file, "%79s", load.tokens[load.token_count]) == 1)
		load.token_count++;
	if (file)
		fclose(file);
}

static void find_place(const char *url, struct place *place)
{
	*place = (struct place){.path = "/", .port = 80, .address = {.sin_family = AF_INET}};
	if (sscanf(url, "http://%63[^:/]:%d%399s", place->host, &place->port, place->path) < 2 ||
	    inet_pton(AF_INET, place->host, &place->address.sin_addr) != 1 ||
	    ntohl(place->address.sin_addr.s_addr) >> 24 != 127) {
		fprintf(stderr, "only http://127.x.x.x:port URLs: %s\n", url);
		exit(2);
	}
	place->address.sin_port = htons((uint16_t)place->port);
}

static int send_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return -1;
		data += sent;
		size -= (size_t)sent;
	}
	return 0;
}

/* The headers are all there: how the body ends, and where the session lies. */
static void read_head(struct answer *answer, const struct place *place, char *loc)
{
	char *end = strstr(answer->data, "\r\n\r\n"), *at;

	if (answer->head_size || !end)
		return;
	*end = 0;
	answer->head_size = (size_t)(end - answer->data) + 4;
	if ((at = strcasestr(answer->data, "\r\nContent-Length:")))
		answer->wanted = answer->head_size + strtoul(at + 17, NULL, 10);
	answer->is_chunked = strcasestr(answer->data, "\r\nTransfer-Encoding: chunked") != NULL;
	if (!loc || !(at = strcasestr(answer->data, "\r\nLocation:")))
		return;
	at += 11 + strspn(at + 11, " ");
	if (*at == '/')
		snprintf(loc, 400, "http://%s:%d%.*s", place->host, place->port,
			 (int)strcspn(at, "\r"), at);
	else
		snprintf(loc, 400, "%.*s", (int)strcspn(at, "\r"), at);
}

static void receive(int fd, struct answer *answer, const struct place *place, char *loc)
{
	ssize_t got;

	while (answer->size < ANSWER_MAX - 1 &&
	       (got = recv(fd, answer->data + answer->size, ANSWER_MAX - 1 - answer->size, 0)) >
		       0) {
		answer->size += (size_t)got;
		answer->data[answer->size] = 0;
		read_head(answer, place, loc);
		if (answer->wanted && answer->size >= answer->wanted)
			break;
		if (answer->is_chunked && answer->size >= 5 &&
		    !memcmp(answer->data + answer->size - 5, "0\r\n\r\n", 5))
			break;
	}
}

static char *body_of(const struct answer *answer)
{
	const char *from = answer->data + answer->head_size;
	const char *end = answer->data + answer->size;
	char *body = calloc(1, answer->size - answer->head_size + 1);
	size_t size = 0;

	if (!answer->is_chunked) {
		memcpy(body, from, (size_t)(end - from));
		return body;
	}
	for (char *at; from < end; from = at + 2) {
		size_t chunk = strtoul(from, &at, 16);

		if (!chunk || !(at = strstr(at, "\r\n")) || chunk > (size_t)(end - at - 2))
			break;
		memcpy(body + size, at + 2, chunk);
		size += chunk;
		at += 2 + chunk;
	}
	return body;
}

char *http(const char *method, const char *u, const char *ctype, const char *body, int *code,
	   char *loc)
{
	struct timeval limit = {10, 0};
	struct place place;
	struct answer answer = {0};
	char head[1024], *text = NULL;
	size_t body_size = body ? strlen(body) : 0;

	*code = 0;
	if (loc)
		loc[0] = 0;
	find_place(u, &place);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int size = snprintf(head, sizeof(head),
			    "%s %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n%s"
			    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
			    method, place.path, place.host, place.port, bearer, ctype, body_size);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	answer.data = calloc(1, ANSWER_MAX);
	if (connect(fd, (struct sockaddr *)&place.address, sizeof(place.address)) == 0 &&
	    send_all(fd, head, (size_t)size) == 0 && send_all(fd, body, body_size) == 0)
		receive(fd, &answer, &place, loc);
	close(fd);
	sscanf(answer.data, "HTTP/1.%*d %d", code);
	if (answer.head_size)
		text = body_of(&answer);
	free(answer.data);
	return text;
}
