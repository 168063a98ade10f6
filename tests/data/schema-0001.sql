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
CREATE TABLE timer (
	kind VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	"trigger" VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	PRIMARY KEY (kind, "key", "trigger")
);
CREATE INDEX inbox_waiting ON inbox (status, id);
CREATE INDEX inbox_of_remote ON inbox (system, remote_id, status);
CREATE INDEX inbox_of_case ON inbox (kind, "key", status);
CREATE INDEX outbox_waiting ON outbox (status, due_at);
CREATE INDEX outbox_of_case ON outbox (kind, "key", status);
CREATE INDEX timer_due ON timer (due_at);
COMMIT;
