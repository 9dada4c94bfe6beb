# title: somebody listens, but only on 127.0.0.1
# expect: cause=socket.none listener~"127.0.0.1"
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" udp 5353 nc -u -l 127.0.0.1 5353; for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5353; done; served; }
