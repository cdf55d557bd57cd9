/* Preloaded into pcscd: its virtual reader driver listens on all addresses and leaves Nagle's algorithm on.
 * Here bind() to the wildcard address becomes bind() to loopback, and accepted TCP sockets get TCP_NODELAY.
 * Sockets of every other family, AF_UNIX first of all, pass untouched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET && length >= sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        if (v4.sin_addr.s_addr == htonl(INADDR_ANY))
            v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return next(fd, (struct sockaddr *)&v4, sizeof v4);
    }
    if (address->sa_family == AF_INET6 && length >= sizeof v6) {
        memcpy(&v6, address, sizeof v6);
        if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr))
            v6.sin6_addr = in6addr_loopback;
        return next(fd, (struct sockaddr *)&v6, sizeof v6);
    }
    return next(fd, address, length);
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
    int accepted = next(fd, address, length), on = 1, family = AF_UNSPEC;
    socklen_t size = sizeof family;

    if (accepted >= 0 && getsockopt(accepted, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0
        && (family == AF_INET || family == AF_INET6))
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return accepted;
}
