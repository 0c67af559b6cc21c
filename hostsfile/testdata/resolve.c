/*
 * Answers questions about names and addresses as the C library that it is
 * linked with does. One question a line on stdin, one answer a line on stdout:
 *
 *   ip NAME, ip4 NAME, ip6 NAME   getaddrinfo: "found CANON|ADDR|ADDR..."
 *   addr ADDRESS                  getnameinfo: "found NAME"
 *
 * or "none" where the library knows nothing.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void by_name(const char *name, int family)
{
	struct addrinfo hints = {0}, *list, *a;
	char text[NI_MAXHOST];

	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_CANONNAME;
	if (getaddrinfo(name, NULL, &hints, &list) != 0) {
		puts("none");
		return;
	}
	printf("found %s", list->ai_canonname);
	for (a = list; a; a = a->ai_next) {
		getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
		printf("|%s", text);
	}
	puts("");
	freeaddrinfo(list);
}

static void by_addr(const char *addr)
{
	struct addrinfo hints = {0}, *list;
	char text[NI_MAXHOST];

	hints.ai_flags = AI_NUMERICHOST;
	if (getaddrinfo(addr, NULL, &hints, &list) != 0) {
		puts("not an address");
		return;
	}
	if (getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, NULL, 0, NI_NAMEREQD) == 0)
		printf("found %s\n", text);
	else
		puts("none");
	freeaddrinfo(list);
}

int main(void)
{
	char line[2048], *question;

	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		question = strchr(line, ' ');
		if (!question)
			return 2;
		*question++ = 0;
		if (!strcmp(line, "addr"))
			by_addr(question);
		else
			by_name(question, !strcmp(line, "ip4") ? AF_INET : !strcmp(line, "ip6") ? AF_INET6 : AF_UNSPEC);
		fflush(stdout);
	}
	return 0;
}
