BEGIN TRANSACTION;
CREATE TABLE "case" (
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	remote_id VARCHAR, 
	state VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	version INTEGER NOT NULL, 
	opened_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY (kind, "key"), 
	CONSTRAINT case_remote UNIQUE (system, remote_id)
);
INSERT INTO "case" VALUES('delivery','open','bloqit','remote-delivery-open','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/open/1"}',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','unsure','bloqit','remote-delivery-unsure','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/unsure/1"}',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','early','bloqit','remote-delivery-early','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/early/1"}',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','timer','bloqit','remote-delivery-timer','in_progress','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/timer/1", "type": "DELIVERY", "in_progress_at": "2026-01-01T00:00:00+00:00", "item_inside": true}',4,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','finished','bloqit','remote-delivery-finished','finished','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/finished/1", "type": "DELIVERY", "in_progress_at": "2026-01-01T00:00:00+00:00", "item_inside": false}',7,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','undecided','bloqit','remote-delivery-undecided','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/undecided/1"}',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.001000');
INSERT INTO "case" VALUES('delivery','claimed','bloqit','remote-delivery-claimed','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/claimed/1"}',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.001000');
INSERT INTO "case" VALUES('order','1','blink','remote-order-1','accepted','{"type": "DELIVERY", "locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "order/1/2"}',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('task','1','logistics','remote-task-1','created','{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1", "locker_id": "L1", "key": "task/1/1", "last_event": "task_created"}',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
INSERT INTO "case" VALUES('delivery','1','bloqit','remote-delivery-1','reserved','{"created_at": "2026-01-01T00:00:00+00:00", "bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1", "key": "delivery/1/1"}',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000');
CREATE TABLE inbox (
	id INTEGER NOT NULL, 
	source VARCHAR NOT NULL, 
	external_id VARCHAR NOT NULL, 
	system VARCHAR NOT NULL, 
	kind VARCHAR, 
	"key" VARCHAR, 
	remote_id VARCHAR, 
	name VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	asked BOOLEAN NOT NULL, 
	data JSON NOT NULL, 
	evidence VARCHAR NOT NULL, 
	raw BLOB, 
	received_at DATETIME NOT NULL, 
	status VARCHAR NOT NULL, 
	due_at DATETIME, 
	note VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT inbox_once UNIQUE (source, external_id)
);
INSERT INTO "inbox" VALUES(1,'ask','id-1','bloqit','delivery','open',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(2,'answer','delivery/open/1','bloqit','delivery','open','remote-delivery-open','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/open/1"}','answer to bloqit.deliveries.create (delivery/open/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(3,'ask','id-2','bloqit','delivery','unsure',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(4,'answer','delivery/unsure/1','bloqit','delivery','unsure','remote-delivery-unsure','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/unsure/1"}','answer to bloqit.deliveries.create (delivery/unsure/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(5,'ask','id-3','bloqit','delivery','early',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(6,'answer','delivery/early/1','bloqit','delivery','early','remote-delivery-early','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/early/1"}','answer to bloqit.deliveries.create (delivery/early/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(7,'ask','id-4','bloqit','delivery','timer',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(8,'answer','delivery/timer/1','bloqit','delivery','timer','remote-delivery-timer','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/timer/1"}','answer to bloqit.deliveries.create (delivery/timer/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(9,'ask','id-5','bloqit','delivery','finished',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(10,'answer','delivery/finished/1','bloqit','delivery','finished','remote-delivery-finished','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/finished/1"}','answer to bloqit.deliveries.create (delivery/finished/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(11,'ask','id-6','bloqit','delivery','undecided',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(12,'answer','delivery/undecided/1','bloqit','delivery','undecided','remote-delivery-undecided','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/undecided/1"}','answer to bloqit.deliveries.create (delivery/undecided/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(13,'ask','id-7','bloqit','delivery','claimed',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(14,'answer','delivery/claimed/1','bloqit','delivery','claimed','remote-delivery-claimed','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/claimed/1"}','answer to bloqit.deliveries.create (delivery/claimed/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(15,'remote','1','bloqit','delivery','timer',NULL,'rent.started','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(16,'remote','2','bloqit','delivery','timer',NULL,'rent.in_progress','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(17,'remote','3','bloqit','delivery','finished',NULL,'rent.started','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(18,'remote','4','bloqit','delivery','finished',NULL,'rent.in_progress','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(19,'remote','5','bloqit','delivery','finished',NULL,'rent.collect_item','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(20,'remote','6','bloqit','delivery','finished',NULL,'rent.price_calculation','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(21,'remote','7','bloqit','delivery','finished',NULL,'rent.finished','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(22,'remote','8','bloqit','order','1',NULL,'order_webhook','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(23,'ask','id-8','blink','order','1',NULL,'accept','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(24,'remote','9','bloqit',NULL,NULL,'remote-delivery-late','rent.started','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','parked',NULL,'no case has the bloqit id ''remote-delivery-late'' yet');
INSERT INTO "inbox" VALUES(25,'answer','order/1/2','blink','order','1','remote-order-1','accept','2026-01-01 00:00:00.000000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "order/1/2"}','answer to blink.orders.sync_status (order/1/2)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(26,'link','order/1/3/0','logistics','task','1',NULL,'task_created','2026-01-01 00:00:00.000000','API call',1,'{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1"}','link courier',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(27,'link','order/1/3/1','bloqit','delivery','1',NULL,'create_with_locker','2026-01-01 00:00:00.000000','API call',1,'{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1"}','link locker',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(28,'answer','task/1/1','logistics','task','1','remote-task-1','task_created','2026-01-01 00:00:00.000000','API call',0,'{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1", "locker_id": "L1", "key": "task/1/1"}','answer to logistics.tasks.create (task/1/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(29,'answer','delivery/1/1','bloqit','delivery','1','remote-delivery-1','create_with_locker','2026-01-01 00:00:00.000000','API call',0,'{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1", "key": "delivery/1/1"}','answer to bloqit.deliveries.create (delivery/1/1)',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(30,'ask','id-9','bloqit','delivery','open',NULL,'make_requested','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(31,'ask','id-10','bloqit','delivery','open',NULL,'cancel_requested','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','held',NULL,'cancel_requested waits for make_requested');
INSERT INTO "inbox" VALUES(32,'ask','id-11','bloqit','delivery','unsure',NULL,'make_requested','2026-01-01 00:00:00.000000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.000000','done',NULL,'');
INSERT INTO "inbox" VALUES(33,'remote','10','bloqit','delivery','early',NULL,'rent.in_progress','2026-01-01 00:00:00.000000','webhook',0,'{"type": "DELIVERY"}','',X'7B7D','2026-01-01 00:00:00.000000','held','2026-01-01 00:00:03.000000','delivery early in ''reserved'' cannot take ''rent.in_progress'': it is allowed in starting, locker_opened.');
INSERT INTO "inbox" VALUES(34,'ask','id-12','bloqit','delivery','undecided',NULL,'make_requested','2026-01-01 00:00:00.001000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.001000','done',NULL,'');
INSERT INTO "inbox" VALUES(35,'ask','id-13','bloqit','delivery','claimed',NULL,'make_requested','2026-01-01 00:00:00.001000','API call',1,'{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for',NULL,'2026-01-01 00:00:00.001000','done',NULL,'');
INSERT INTO "inbox" VALUES(36,'answer','delivery/undecided/3','bloqit','delivery','undecided','remote-delivery-undecided','make_requested','2026-01-01 00:00:00.001000','API call',0,'{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/undecided/3"}','answer to bloqit.deliveries.make (delivery/undecided/3)',NULL,'2026-01-01 00:00:00.001000','new',NULL,'');
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	name VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	"row" VARCHAR, 
	source VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	inferred BOOLEAN NOT NULL, 
	asked BOOLEAN NOT NULL, 
	"by" VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	evidence VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	inbox_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT journal_order UNIQUE (kind, "key", seq)
);
INSERT INTO "journal" VALUES(1,'delivery','open',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',1);
INSERT INTO "journal" VALUES(2,'delivery','open',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/open/1"}','answer to bloqit.deliveries.create (delivery/open/1)','',2);
INSERT INTO "journal" VALUES(3,'delivery','unsure',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',3);
INSERT INTO "journal" VALUES(4,'delivery','unsure',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/unsure/1"}','answer to bloqit.deliveries.create (delivery/unsure/1)','',4);
INSERT INTO "journal" VALUES(5,'delivery','early',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',5);
INSERT INTO "journal" VALUES(6,'delivery','early',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/early/1"}','answer to bloqit.deliveries.create (delivery/early/1)','',6);
INSERT INTO "journal" VALUES(7,'delivery','timer',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',7);
INSERT INTO "journal" VALUES(8,'delivery','timer',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/timer/1"}','answer to bloqit.deliveries.create (delivery/timer/1)','',8);
INSERT INTO "journal" VALUES(9,'delivery','finished',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',9);
INSERT INTO "journal" VALUES(10,'delivery','finished',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/finished/1"}','answer to bloqit.deliveries.create (delivery/finished/1)','',10);
INSERT INTO "journal" VALUES(11,'delivery','undecided',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',11);
INSERT INTO "journal" VALUES(12,'delivery','undecided',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/undecided/1"}','answer to bloqit.deliveries.create (delivery/undecided/1)','',12);
INSERT INTO "journal" VALUES(13,'delivery','claimed',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',13);
INSERT INTO "journal" VALUES(14,'delivery','claimed',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/claimed/1"}','answer to bloqit.deliveries.create (delivery/claimed/1)','',14);
INSERT INTO "journal" VALUES(15,'delivery','timer',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.started','moved','D09','reserved','starting',0,0,'webhook','{"type": "DELIVERY"}','','',15);
INSERT INTO "journal" VALUES(16,'delivery','timer',4,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.in_progress','moved','D12','starting','in_progress',0,0,'webhook','{"type": "DELIVERY"}','','',16);
INSERT INTO "journal" VALUES(17,'delivery','finished',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.started','moved','D09','reserved','starting',0,0,'webhook','{"type": "DELIVERY"}','','',17);
INSERT INTO "journal" VALUES(18,'delivery','finished',4,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.in_progress','moved','D12','starting','in_progress',0,0,'webhook','{"type": "DELIVERY"}','','',18);
INSERT INTO "journal" VALUES(19,'delivery','finished',5,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.collect_item','moved','D22','in_progress','collect_item',0,0,'webhook','{"type": "DELIVERY"}','','',19);
INSERT INTO "journal" VALUES(20,'delivery','finished',6,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.price_calculation','moved','D26','collect_item','price_calculation',0,0,'webhook','{"type": "DELIVERY"}','','',20);
INSERT INTO "journal" VALUES(21,'delivery','finished',7,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','rent.finished','moved','D27','price_calculation','finished',0,0,'webhook','{"type": "DELIVERY"}','','',21);
INSERT INTO "journal" VALUES(22,'order','1',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','order_webhook','moved','O01','absent','pending',0,0,'webhook','{"type": "DELIVERY"}','','',22);
INSERT INTO "journal" VALUES(23,'order','1',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','accept','asked','O02','pending','pending',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',23);
INSERT INTO "journal" VALUES(24,'order','1',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','accept','moved','O02','pending','accepted',0,0,'API call','{"locker_id": "L1", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "order/1/2"}','answer to blink.orders.sync_status (order/1/2)','',25);
INSERT INTO "journal" VALUES(25,'task','1',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','task_created','asked','K1-01','absent','absent',0,1,'API call','{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1"}','link courier','',26);
INSERT INTO "journal" VALUES(26,'delivery','1',1,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','asked','D02','absent','absent',0,1,'API call','{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1"}','link locker','',27);
INSERT INTO "journal" VALUES(27,'task','1',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','task_created','moved','K1-01','absent','created',0,0,'API call','{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1", "locker_id": "L1", "key": "task/1/1"}','answer to logistics.tasks.create (task/1/1)','',28);
INSERT INTO "journal" VALUES(28,'delivery','1',2,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','create_with_locker','moved','D02','absent','reserved',0,0,'API call','{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1", "key": "delivery/1/1"}','answer to bloqit.deliveries.create (delivery/1/1)','',29);
INSERT INTO "journal" VALUES(29,'delivery','open',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','make_requested','asked','D09','reserved','reserved',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',30);
INSERT INTO "journal" VALUES(30,'delivery','unsure',3,'2026-01-01 00:00:00.000000','2026-01-01 00:00:00.000000','make_requested','asked','D09','reserved','reserved',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',32);
INSERT INTO "journal" VALUES(31,'delivery','undecided',3,'2026-01-01 00:00:00.001000','2026-01-01 00:00:00.001000','make_requested','asked','D09','reserved','reserved',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',34);
INSERT INTO "journal" VALUES(32,'delivery','claimed',3,'2026-01-01 00:00:00.001000','2026-01-01 00:00:00.001000','make_requested','asked','D09','reserved','reserved',0,1,'API call','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','asked for','',35);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	effect_key VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	remote_id VARCHAR, 
	operation VARCHAR NOT NULL, 
	"trigger" VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	wish JSON NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	answer VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT outbox_once UNIQUE (effect_key)
);
INSERT INTO "outbox" VALUES(1,'delivery/open/1','delivery','open',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/open/1''}, remote_id=''remote-delivery-open'')');
INSERT INTO "outbox" VALUES(2,'delivery/unsure/1','delivery','unsure',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/unsure/1''}, remote_id=''remote-delivery-unsure'')');
INSERT INTO "outbox" VALUES(3,'delivery/early/1','delivery','early',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/early/1''}, remote_id=''remote-delivery-early'')');
INSERT INTO "outbox" VALUES(4,'delivery/timer/1','delivery','timer',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/timer/1''}, remote_id=''remote-delivery-timer'')');
INSERT INTO "outbox" VALUES(5,'delivery/finished/1','delivery','finished',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/finished/1''}, remote_id=''remote-delivery-finished'')');
INSERT INTO "outbox" VALUES(6,'delivery/undecided/1','delivery','undecided',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/undecided/1''}, remote_id=''remote-delivery-undecided'')');
INSERT INTO "outbox" VALUES(7,'delivery/claimed/1','delivery','claimed',NULL,'bloqit.deliveries.create','create_with_locker','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/claimed/1''}, remote_id=''remote-delivery-claimed'')');
INSERT INTO "outbox" VALUES(8,'order/1/2','order','1',NULL,'blink.orders.sync_status','accept','{"type": "DELIVERY", "locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''order/1/2''}, remote_id=''remote-order-1'')');
INSERT INTO "outbox" VALUES(9,'task/1/1','task','1',NULL,'logistics.tasks.create','task_created','{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1"}','{"bloq_id": "B", "payment_type": "COD", "sub_total": null, "delivery_charges": null, "pickup_at": "2026-01-01T00:20:00+00:00", "delivery_at": "2026-01-01T01:00:00+00:00", "order": "1"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''task/1/1''}, remote_id=''remote-task-1'')');
INSERT INTO "outbox" VALUES(10,'delivery/1/1','delivery','1',NULL,'bloqit.deliveries.create','create_with_locker','{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1"}','{"bloq_id": "B", "locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00", "order": "1"}','done',1,'2026-01-01 00:00:00.000000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/1/1''}, remote_id=''remote-delivery-1'')');
INSERT INTO "outbox" VALUES(11,'delivery/open/3','delivery','open','remote-delivery-open','bloqit.deliveries.make','make_requested','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/open/1"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','open',1,'2026-01-01 01:00:00.000000','TryLater(reason=''503'', after=datetime.timedelta(seconds=3600))');
INSERT INTO "outbox" VALUES(12,'delivery/unsure/3','delivery','unsure','remote-delivery-unsure','bloqit.deliveries.make','make_requested','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/unsure/1"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','unsure',1,'2026-01-01 00:00:02.000000','Unknown(reason=''the answer was lost on its way back'')');
INSERT INTO "outbox" VALUES(13,'delivery/undecided/3','delivery','undecided','remote-delivery-undecided','bloqit.deliveries.make','make_requested','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/undecided/1"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','done',1,'2026-01-01 00:00:00.001000','Done(data={''locker_id'': ''L1'', ''key'': ''delivery/undecided/3''}, remote_id=''remote-delivery-undecided'')');
INSERT INTO "outbox" VALUES(14,'delivery/claimed/3','delivery','claimed','remote-delivery-claimed','bloqit.deliveries.make','make_requested','{"created_at": "2026-01-01T00:00:00+00:00", "locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00", "key": "delivery/claimed/1"}','{"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}','claimed',1,'2026-01-01 00:00:00.001000','');
CREATE TABLE timer (
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	"trigger" VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	PRIMARY KEY (kind, "key", "trigger")
);
INSERT INTO "timer" VALUES('delivery','early','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','timer','expiry_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','1','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','open','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','unsure','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','undecided','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
INSERT INTO "timer" VALUES('delivery','claimed','dropoff_deadline_reached','2026-01-03 00:00:00.000000');
CREATE INDEX inbox_waiting ON inbox (status, id);
CREATE INDEX inbox_of_remote ON inbox (system, remote_id, status);
CREATE INDEX inbox_of_case ON inbox (kind, "key", status);
CREATE INDEX outbox_waiting ON outbox (status, due_at);
CREATE INDEX outbox_of_case ON outbox (kind, "key", status);
CREATE INDEX timer_due ON timer (due_at);
COMMIT;
