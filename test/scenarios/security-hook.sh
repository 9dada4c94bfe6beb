# title: a security module lets sockets receive nothing
# machine: own
# expect: cause=security.hook
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
grep -q bpf /sys/kernel/security/lsm || { echo "the kernel was not started with the bpf security module" >&2; return 1; }; }
fault() { timeout 300 python3 test/scenarios/bpf.py lsm >/run/scenario-bpf 2>&1 & echo $! >/run/scenario-bpf.pid; until grep -q there /run/scenario-bpf; do sleep 0.1; done; }
traffic() { serve "$S" udp 5353 nc -u -l 10.9.1.1 5353; for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5353; done; served; }
mend() { kill "$(cat /run/scenario-bpf.pid)"; }
