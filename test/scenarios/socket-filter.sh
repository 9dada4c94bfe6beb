# title: the socket's own filter refuses
# expect: cause=socket.filter
filter() { echo -p udp --dport 5353; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" udp 5353 python3 -c 'import ctypes,socket,struct,time
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
code=ctypes.create_string_buffer(struct.pack("HBBI",6,0,0,0)); s.setsockopt(socket.SOL_SOCKET,26,struct.pack("HxxxxxxP",1,ctypes.addressof(code))); s.bind(("10.9.1.1",5353)); time.sleep(20)'
for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5353; done; served; }
