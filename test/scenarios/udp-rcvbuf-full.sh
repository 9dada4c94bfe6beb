# title: a slow reader's receive buffer overflows
# expect: cause=socket.rcvbuf_full
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" udp 5353 python3 -c 'import socket,time
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET,socket.SO_RCVBUF,2304); s.bind(("10.9.1.1",5353)); time.sleep(20)'
in_ns "$C" python3 -c 'import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(60): s.sendto(b"x"*1000,("10.9.1.1",5353))'; served; }
