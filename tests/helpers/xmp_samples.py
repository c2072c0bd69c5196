"""XMP in the ways in which programs write it: the names that they give, their quotes, lists and nesting."""

_HEAD = '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">\n'
_RDF = ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
_PACKET = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'

# Attributes wherever there is a choice, both schemes side by side, tags below People.
DIGIKAM = (
    _PACKET
    + _HEAD
    + _RDF
    + """  <rdf:Description rdf:about=""
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:MP="http://ns.microsoft.com/photo/1.2/"
    xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
    xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
   digiKam:PickLabel="0"
   xmp:Rating="3">
   <digiKam:TagsList>
    <rdf:Seq>
     <rdf:li>People/Jürgen &amp; Co</rdf:li>
     <rdf:li>Places/Beach</rdf:li>
    </rdf:Seq>
   </digiKam:TagsList>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Jürgen &amp; Co</rdf:li>
     <rdf:li>Beach</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <MP:RegionInfo rdf:parseType="Resource">
    <MPRI:Regions>
     <rdf:Bag>
      <rdf:li
       MPReg:PersonDisplayName="Jürgen &amp; Co"
       MPReg:Rectangle="0.1, 0.2, 0.2, 0.4"/>
     </rdf:Bag>
    </MPRI:Regions>
   </MP:RegionInfo>
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions
     stDim:w="640"
     stDim:h="480"
     stDim:unit="pixel"/>
    <mwg-rs:RegionList>
     <rdf:Bag>
      <rdf:li>
       <rdf:Description
        mwg-rs:Name="Jürgen &amp; Co"
        mwg-rs:Type="Face">
       <mwg-rs:Area
        stArea:x="0.2"
        stArea:y="0.4"
        stArea:w="0.2"
        stArea:h="0.4"
        stArea:unit="normalized"/>
       </rdf:Description>
      </rdf:li>
      <rdf:li>
       <rdf:Description
        mwg-rs:Name="Rex"
        mwg-rs:Type="Pet">
       <mwg-rs:Area
        stArea:x="0.9"
        stArea:y="0.9"
        stArea:w="0.1"
        stArea:h="0.1"
        stArea:unit="normalized"/>
       </rdf:Description>
      </rdf:li>
     </rdf:Bag>
    </mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
).encode()

# A rotation and extensions in each region; padding behind the packet.
LIGHTROOM = (
    _PACKET
    + _HEAD.replace("XMP Core 4.4.0-Exiv2", "Adobe XMP Core 5.6-c140 79.160451, 2017/05/06-01:08:21")
    + _RDF
    + """  <rdf:Description rdf:about=""
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
   crs:Exposure2012="+0.35">
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions stDim:w="640" stDim:h="480" stDim:unit="pixel"/>
    <mwg-rs:RegionList>
     <rdf:Bag>
      <rdf:li>
       <rdf:Description mwg-rs:Rotation="-0.02101" mwg-rs:Name="Jürgen &#38; Co" mwg-rs:Type="Face">
       <mwg-rs:Area stArea:h="0.40000" stArea:w="0.20000" stArea:x="0.20000" stArea:y="0.40000"/>
       </rdf:Description>
      </rdf:li>
     </rdf:Bag>
    </mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""
    + " " * 100
    + "\n<?xpacket end='w'?>"
).encode()

# Elements wherever there is a choice.
PICASA = (
    _PACKET
    + _HEAD.replace("XMP Core 4.4.0-Exiv2", "XMP Core 5.1.2")
    + _RDF
    + """  <rdf:Description rdf:about=""
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#">
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions rdf:parseType="Resource">
     <stDim:w>640</stDim:w>
     <stDim:h>480</stDim:h>
     <stDim:unit>pixel</stDim:unit>
    </mwg-rs:AppliedToDimensions>
    <mwg-rs:RegionList>
     <rdf:Bag>
      <rdf:li rdf:parseType="Resource">
       <mwg-rs:Type>Face</mwg-rs:Type>
       <mwg-rs:Name>Jürgen &amp; Co</mwg-rs:Name>
       <mwg-rs:Area rdf:parseType="Resource">
        <stArea:x>0.200000</stArea:x>
        <stArea:y>0.400000</stArea:y>
        <stArea:w>0.200000</stArea:w>
        <stArea:h>0.400000</stArea:h>
        <stArea:unit>normalized</stArea:unit>
       </mwg-rs:Area>
      </rdf:li>
     </rdf:Bag>
    </mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
).encode()

# Windows Photo Gallery: structures as elements inside elements.
MICROSOFT = (
    _HEAD.replace(' x:xmptk="XMP Core 4.4.0-Exiv2"', "").replace("\n", "")
    + """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 rdf:about="uuid:faf5bdd5-ba3d-11da"
 xmlns:MP="http://ns.microsoft.com/photo/1.2/"><MP:RegionInfo>
<rdf:Description xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"><MPRI:Regions><rdf:Bag
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:li>
<rdf:Description xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">
<MPReg:Rectangle>0.1, 0.2, 0.2, 0.4
</MPReg:Rectangle>
<MPReg:PersonDisplayName>Jürgen &amp; Co</MPReg:PersonDisplayName>
<MPReg:PersonEmailDigest>2FD4E1C67A2D28FCED849EE1BB76E7391B93EB13</MPReg:PersonEmailDigest></rdf:Description></rdf:li>
<rdf:li><rdf:Description xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">
<MPReg:Rectangle>0.5, 0.5, 0.1, 0.1</MPReg:Rectangle></rdf:Description></rdf:li>
</rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo></rdf:Description></rdf:RDF></x:xmpmeta>"""
).encode()

# Apostrophes, and a description for each schema.
EXIFTOOL = """<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Image::ExifTool 12.57'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>

 <rdf:Description rdf:about=''
  xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/'
  xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#'
  xmlns:stDim='http://ns.adobe.com/xap/1.0/sType/Dimensions#'>
  <mwg-rs:Regions rdf:parseType='Resource'>
   <mwg-rs:AppliedToDimensions rdf:parseType='Resource'>
    <stDim:h>480</stDim:h>
    <stDim:unit>pixel</stDim:unit>
    <stDim:w>640</stDim:w>
   </mwg-rs:AppliedToDimensions>
   <mwg-rs:RegionList>
    <rdf:Bag>
     <rdf:li rdf:parseType='Resource'>
      <mwg-rs:Area rdf:parseType='Resource'>
       <stArea:h>0.4</stArea:h>
       <stArea:unit>normalized</stArea:unit>
       <stArea:w>0.2</stArea:w>
       <stArea:x>0.2</stArea:x>
       <stArea:y>0.4</stArea:y>
      </mwg-rs:Area>
      <mwg-rs:Name>Jürgen &amp; Co</mwg-rs:Name>
      <mwg-rs:Type>Face</mwg-rs:Type>
     </rdf:li>
    </rdf:Bag>
   </mwg-rs:RegionList>
  </mwg-rs:Regions>
 </rdf:Description>

 <rdf:Description rdf:about=''
  xmlns:tiff='http://ns.adobe.com/tiff/1.0/'>
  <tiff:Orientation>1</tiff:Orientation>
 </rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end='w'?>""".encode()

# Immich: tags alone, of which the person is none.
IMMICH = """<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Image::ExifTool 13.00'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>

 <rdf:Description rdf:about=''
  xmlns:digiKam='http://www.digikam.org/ns/1.0/'>
  <digiKam:TagsList>
   <rdf:Seq>
    <rdf:li>Holiday</rdf:li>
   </rdf:Seq>
  </digiKam:TagsList>
 </rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end='w'?>""".encode()

# An iPhone: faces without names, in a sequence.
APPLE = (
    _HEAD.replace("XMP Core 4.4.0-Exiv2", "XMP Core 6.0.0")
    + _RDF
    + """  <rdf:Description rdf:about=""
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:apple-fi="http://ns.apple.com/faceinfo/1.0/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#">
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:RegionList>
     <rdf:Seq>
      <rdf:li rdf:parseType="Resource">
       <mwg-rs:Area rdf:parseType="Resource">
        <stArea:y>0.40000000000000002</stArea:y>
        <stArea:w>0.20000000000000001</stArea:w>
        <stArea:x>0.20000000000000001</stArea:x>
        <stArea:h>0.40000000000000002</stArea:h>
        <stArea:unit>normalized</stArea:unit>
       </mwg-rs:Area>
       <mwg-rs:Type>Face</mwg-rs:Type>
       <mwg-rs:Extensions rdf:parseType="Resource">
        <apple-fi:FaceID>1</apple-fi:FaceID>
       </mwg-rs:Extensions>
      </rdf:li>
     </rdf:Seq>
    </mwg-rs:RegionList>
    <mwg-rs:AppliedToDimensions rdf:parseType="Resource">
     <stDim:h>480</stDim:h>
     <stDim:w>640</stDim:w>
     <stDim:unit>pixel</stDim:unit>
    </mwg-rs:AppliedToDimensions>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
).encode()

NAMING = {"digikam": DIGIKAM, "lightroom": LIGHTROOM, "picasa": PICASA, "microsoft": MICROSOFT, "exiftool": EXIFTOOL}
NAME, BOX = "Jürgen & Co", (0.1, 0.2, 0.3, 0.6)  # whom all of these show, and where
WITHOUT_NAMES = {"immich": IMMICH, "apple": APPLE}
