"""Standard fields of the objects of the simulated Salesforce org, as its describe calls name them.

Fields that only some orgs have (several currencies, person accounts, country lists) are left out;
a test adds those it is about.
"""

from __future__ import annotations

PREFIXES = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "User": "005",
    "OpportunityHistory": "008", "OpportunityStage": "01J", "Task": "00T", "Event": "00U",
    "EmailMessage": "02s", "Case": "500", "Campaign": "701", "CampaignMember": "00v",
}  # fmt: skip
_SYSTEM = "Id:id CreatedDate:datetime LastModifiedDate:datetime SystemModstamp:datetime"
_DELETABLE = f"{_SYSTEM} IsDeleted:boolean"
_PERSON = (
    "FirstName LastName Name Email:email Phone:phone MobilePhone:phone Title OwnerId:reference"
)

_OBJECTS = {
    "Account": f"{_DELETABLE} Name Type:picklist Industry:picklist Website:url BillingStreet "
    "BillingCity BillingState BillingPostalCode BillingCountry BillingAddress:address "
    "OwnerId:reference MasterRecordId:reference",
    "Contact": f"{_DELETABLE} {_PERSON} AccountId:reference MailingStreet MailingCity MailingState "
    "MailingPostalCode MailingCountry MailingAddress:address Birthdate:date LeadSource:picklist "
    "HasOptedOutOfEmail:boolean MasterRecordId:reference",
    "Lead": f"{_DELETABLE} {_PERSON} Company Street City State PostalCode Country Address:address "
    "Status:picklist LeadSource:picklist HasOptedOutOfEmail:boolean IsConverted:boolean "
    "ConvertedDate:date ConvertedAccountId:reference ConvertedContactId:reference "
    "ConvertedOpportunityId:reference",
    "Opportunity": f"{_DELETABLE} Name AccountId:reference ContactId:reference StageName:picklist "
    "Amount:currency Probability:percent CloseDate:date IsClosed:boolean IsWon:boolean "
    "ForecastCategory:picklist LeadSource:picklist OwnerId:reference",
    "OpportunityHistory": "Id:id CreatedDate:datetime SystemModstamp:datetime IsDeleted:boolean "
    "OpportunityId:reference StageName:picklist Amount:currency Probability:percent CloseDate:date "
    "ForecastCategory:picklist CreatedById:reference",
    "OpportunityStage": f"{_SYSTEM} ApiName MasterLabel IsActive:boolean IsClosed:boolean "
    "IsWon:boolean SortOrder:int ForecastCategory:picklist",
    "User": f"{_SYSTEM} Username Name FirstName LastName Email:email IsActive:boolean",
    "Task": f"{_DELETABLE} WhoId:reference WhatId:reference AccountId:reference Subject "
    "ActivityDate:date TaskSubtype:picklist Type:picklist CallType:picklist CallDisposition "
    "CallDurationInSeconds:int Status:picklist IsClosed:boolean CompletedDateTime:datetime "
    "OwnerId:reference",
    "Event": f"{_DELETABLE} WhoId:reference WhatId:reference AccountId:reference Subject "
    "ActivityDate:date StartDateTime:datetime EndDateTime:datetime EventSubtype:picklist "
    "Type:picklist IsChild:boolean IsRecurrence:boolean OwnerId:reference",
    "EmailMessage": f"{_DELETABLE} ActivityId:reference ParentId:reference "
    "ReplyToEmailMessageId:reference Incoming:boolean Status:picklist MessageDate:datetime Subject "
    "FromAddress:email ToAddress",
    "Case": f"{_DELETABLE} CaseNumber ContactId:reference AccountId:reference Type:picklist "
    "Reason:picklist Origin:picklist Priority:picklist Status:picklist Subject "
    "Description:textarea ClosedDate:datetime IsClosed:boolean OwnerId:reference",
    "Campaign": f"{_DELETABLE} Name Type:picklist Status:picklist StartDate:date EndDate:date",
    "CampaignMember": f"{_DELETABLE} CampaignId:reference ContactId:reference LeadId:reference "
    "Status:picklist HasResponded:boolean FirstRespondedDate:date",
}


def standard() -> dict[str, dict[str, str]]:
    """Object -> field -> type, anew for each org."""
    return {
        kind: {
            name: type_ or "string"
            for name, _, type_ in (field.partition(":") for field in fields.split())
        }
        for kind, fields in _OBJECTS.items()
    }


def relationship(reference: str) -> str:
    """The name of a related record: `OwnerId` leads to `Owner`, `Bike__c` to `Bike__r`."""
    return f"{reference[:-1]}r" if reference.endswith("__c") else reference.removesuffix("Id")


def reference(relationship: str) -> str:
    """The field that leads to a related record."""
    return f"{relationship[:-1]}c" if relationship.endswith("__r") else f"{relationship}Id"
