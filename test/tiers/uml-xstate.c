/*
 * user-mode-linux 6.1 keeps the first 2 696 bytes of the registers that XSAVE saves. A processor with AMX has more
 * (11 008 bytes), and its kernel refuses to set fewer than all (EFAULT): every guest then panics as it starts.
 * Preloaded into the guest, this ptrace() adds the missing bytes; the parts that they stand for are marked unused,
 * which is true of a guest, where no program asks for AMX (arch_prctl).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NT_X86_XSTATE 0x202
/* Where XSTATE_BV stands in the XSAVE area, and its bits up to PKRU (Intel SDM 1, 13.4.2). */
#define XSTATE_BV 512
#define UP_TO_PKRU 0x3ffUL

/* The guest's kernel is one thread. */
static char whole[16384] __attribute__((aligned(64)));
static size_t host_size;

static long get(pid_t pid, void *type, struct iovec *asked) {
  struct iovec all = {whole, sizeof whole};
  long result = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, type, &all);
  if (result < 0) return result;
  host_size = all.iov_len;
  if (asked->iov_len > host_size) asked->iov_len = host_size;
  memcpy(asked->iov_base, whole, asked->iov_len);
  return result;
}

static long set(pid_t pid, void *type, struct iovec *given) {
  struct iovec all = {whole, host_size};
  unsigned long parts;
  if (given->iov_len >= host_size) return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, type, given);
  memset(whole, 0, host_size);
  memcpy(whole, given->iov_base, given->iov_len);
  memcpy(&parts, whole + XSTATE_BV, sizeof parts);
  parts &= UP_TO_PKRU;
  memcpy(whole + XSTATE_BV, &parts, sizeof parts);
  return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, type, &all);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list rest;
  va_start(rest, request);
  pid_t pid = va_arg(rest, pid_t);
  void *where = va_arg(rest, void *);
  void *data = va_arg(rest, void *);
  va_end(rest);
  if ((long)where == NT_X86_XSTATE && request == PTRACE_GETREGSET) return get(pid, where, data);
  if ((long)where == NT_X86_XSTATE && request == PTRACE_SETREGSET) return set(pid, where, data);
  if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
    return syscall(SYS_ptrace, request, pid, where, data);
  /* The system call stores the word where the library's function returns it. */
  long word;
  if (syscall(SYS_ptrace, request, pid, where, &word) < 0) return -1;
  errno = 0;
  return word;
}
