# title: a BPF program of the control group of the server lets nothing in
# machine: own
# expect: cause=cgroup.bpf
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; mkdir -p /run/scenario-cgroup; mount -t cgroup2 none /run/scenario-cgroup; mkdir -p /run/scenario-cgroup/server; }
fault() { timeout 300 python3 test/scenarios/bpf.py cgroup /run/scenario-cgroup/server >/run/scenario-bpf 2>&1 & echo $! >/run/scenario-bpf.pid; until grep -q there /run/scenario-bpf; do sleep 0.1; done; }
traffic() { serve "$S" udp 5353 sh -c 'echo $$ >/run/scenario-cgroup/server/cgroup.procs; exec nc -u -l 10.9.1.1 5353'
for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5353; done; served; }
mend() { kill "$(cat /run/scenario-bpf.pid)"; sleep 0.5; rmdir /run/scenario-cgroup/server; umount /run/scenario-cgroup; }
