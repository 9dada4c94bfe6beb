# title: a burst to a neighbour that is not known yet is more than may wait for it
# expect: cause=neigh.queue_full next_hop=10.9.1.77
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; }
fault() { set_in "$C" net.ipv4.neigh.c0.unres_qlen_bytes=4096; }
traffic() { in_ns "$C" python3 -c 'import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(20): s.sendto(b"x"*1000,("10.9.1.77",5353))'; sleep 1; }
