# title: a queue that is too short for a burst
# expect: cause=qdisc.drop device=c0 qdisc=tbf
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; warm 10.9.1.1; }
fault() { in_ns "$C" tc qdisc add dev c0 root tbf rate 8kbit burst 1540 limit 3000; }
traffic() { serve "$S" udp 5353 nc -u -l 10.9.1.1 5353; in_ns "$C" python3 -c 'import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(30): s.sendto(b"x"*1000,("10.9.1.1",5353))'; served; }
