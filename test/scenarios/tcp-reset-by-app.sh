# title: the server aborts the connection
# expect: cause=tcp.reset_by_app
filter() { echo -p tcp --port 7002; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" tcp 7002 python3 -c 'import socket,struct
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("10.9.1.1",7002)); s.listen(1); s.settimeout(8)
c,_=s.accept(); c.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack("ii",1,0)); c.close()'; in_ns "$C" nc -w 2 10.9.1.1 7002 </dev/null; served; }
