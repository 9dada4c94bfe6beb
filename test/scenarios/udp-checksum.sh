# title: the UDP checksum is wrong
# expect: cause=udp.bad_checksum
filter() { echo -p udp --dport 4001; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" udp 4001 python3 -c 'import socket,time
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(("10.9.1.1",4001)); s.recv(100)'; wire "$C" c0 "$S" s0 'ip(udp(wrong=1))'; served; }
