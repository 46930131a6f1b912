// mongodb-roles.js: roles of MongoDB that allow what the box office does, and nothing else.
//
// Run it by mongosh as a user administrator, again after each new version:  mongosh "mongodb://admin@host/" mongodb-roles.js
// Where the database is not `boxoffice`, write its name in the place of that one below. Then make the users once:
//   use admin
//   db.createUser({user: "boxoffice", pwd: passwordPrompt(), roles: ["boxofficeWorker"]})
//   db.createUser({user: "boxoffice-seed", pwd: passwordPrompt(), roles: ["boxofficeSeed"]})
// MONGO_URI then is mongodb://boxoffice:PASSWORD@host/?replicaSet=rs0&authSource=admin, kept in a file: see
// systemd/credentials.conf. For boxoffice-seed it is that of the other user.
//
// The rights are those that the code uses: tests/api/test_rights.py takes each away and sees something fail. Nothing is
// updated but a show, by `boxoffice-seed block` and `show --replace`. Workers remove bookings for POST /cancel, which moves
// them to `cancellations`: without "remove" and without the line of `cancellations` that path answers 503, and all others
// work. replSetGetConfig is a look at writeConcernMajorityJournalDefault.

const roles = [
  {"role": "boxofficeWorker", "privileges": [
    {"resource": {"db": "boxoffice", "collection": "shows"}, "actions": ["find"]},
    {"resource": {"db": "boxoffice", "collection": "bookings"}, "actions": ["find", "insert", "remove", "listIndexes"]},
    {"resource": {"db": "boxoffice", "collection": "cancellations"}, "actions": ["find", "insert"]},
    {"resource": {"cluster": true}, "actions": ["replSetGetConfig"]}
  ]},
  {"role": "boxofficeSeed", "privileges": [
    {"resource": {"db": "boxoffice", "collection": "shows"}, "actions": ["find", "insert", "update", "remove", "createIndex"]},
    {"resource": {"db": "boxoffice", "collection": "bookings"}, "actions": ["find", "remove", "listIndexes", "createIndex"]},
    {"resource": {"db": "boxoffice", "collection": "cancellations"}, "actions": ["find", "insert", "createIndex"]},
    {"resource": {"cluster": true}, "actions": ["replSetGetConfig"]}
  ]}
];

const admin = db.getSiblingDB("admin");
for (const {role, privileges} of roles) {
  if (admin.getRole(role) === null) {
    admin.createRole({role, privileges, roles: []});
  } else {
    admin.updateRole(role, {privileges, roles: []});
  }
}
